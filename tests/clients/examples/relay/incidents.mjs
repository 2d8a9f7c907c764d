// Relay: compile with `npx relay-compiler`, then HUB_URL=http://127.0.0.1:8000/graphql/ HUB_TOKEN=… node incidents.mjs
//
// A bundler's plugin puts the compiled document where `graphql` stands; here it is imported by hand.
import relay from "relay-runtime";

const { Environment, Network, RecordSource, Store, fetchQuery } = relay;

const environment = new Environment({
  store: new Store(new RecordSource()),
  network: Network.create(async (request, variables) => {
    const response = await fetch(process.env.HUB_URL, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${process.env.HUB_TOKEN}` },
      body: JSON.stringify({ query: request.text, variables }),
    });
    return response.json();
  }),
});

const { default: query } = await import("./__generated__/documentsPlainQuery.graphql.js");
const data = await fetchQuery(environment, query, { first: 2 }).toPromise();
console.log(JSON.stringify({ data }));

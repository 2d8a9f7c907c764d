// Apollo Client: HUB_URL=http://127.0.0.1:8000/graphql/ HUB_TOKEN=… node apollo.mjs
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core/index.js";

const client = new ApolloClient({
  cache: new InMemoryCache({ possibleTypes: { Node: ["Incident", "Service", "Person"] } }),
  link: new HttpLink({
    uri: process.env.HUB_URL,
    headers: { authorization: `Bearer ${process.env.HUB_TOKEN}`, accept: "application/graphql-response+json" },
  }),
});

const { data } = await client.query({
  query: gql`
    query ($first: Int!) {
      incidents(first: $first) {
        edges {
          node {
            id
            reference
            title
          }
        }
      }
    }
  `,
  variables: { first: 2 },
});
console.log(JSON.stringify({ data }));

// The hub as a subgraph: `node federation.mjs ADDRESS TOKEN` composes its schema with another subgraph's, and asks both
// through a gateway. Prints what the composition said and what the gateway answered.
import { composeServices } from "@apollo/composition";
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import gql from "graphql-tag";

const [url, token] = process.argv.slice(2);

const asked = [];
const ask = async (body) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return response.json();
};

// Another team's subgraph: it knows incidents by what people call them, and services by their slugs.
const costs = gql`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { losses: [Loss!]! }
  type Loss { euros: Int! incident: Incident service: Service! }
  type Incident @key(fields: "reference", resolvable: false) { reference: String! }
  type Service @key(fields: "slug", resolvable: false) { slug: String! }
`;
const references = process.argv.slice(4);
const costsSchema = buildSubgraphSchema({
  typeDefs: costs,
  resolvers: {
    Query: {
      losses: () => references.map((reference, at) => ({ euros: at, incident: { reference }, service: { slug: "ledger" } })),
    },
  },
});

const { data } = await ask({ query: "{ _service { sdl } }" });
const composed = composeServices([
  { name: "hub", url, typeDefs: parse(data._service.sdl) },
  { name: "costs", url: "local:costs", typeDefs: costs },
]);
const found = { errors: composed.errors?.map(String) ?? [], hints: composed.hints?.map((hint) => hint.definition.code) ?? [] };

if (!found.errors.length) {
  class Hub extends RemoteGraphQLDataSource {
    willSendRequest({ request }) {
      request.http.headers.set("authorization", `Bearer ${token}`);
      asked.push(request.query);
    }
  }
  const gateway = new ApolloGateway({
    supergraphSdl: composed.supergraphSdl,
    buildService: ({ name }) => (name === "hub" ? new Hub({ url }) : new LocalGraphQLDataSource(costsSchema)),
  });
  const { executor } = await gateway.load();
  const query = "{ losses { euros incident { reference title unit { slug } } service { name } } }";
  const document = parse(query);
  const result = await executor({
    document,
    request: { query },
    queryHash: "losses",
    context: {},
    operation: document.definitions[0],
    metrics: {},
    cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
    schema: gateway.schema,
    logger: console,
  });
  found.answer = result;
  found.asked = asked;
  await gateway.stop();
}
console.log(JSON.stringify(found));
process.exit(0);

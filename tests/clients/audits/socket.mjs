// graphql-ws's own client against a hub: `node socket.mjs ADDRESS TOKEN` prints what it received, and how it was closed.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);

const connected = (connectionParams, more = {}) =>
  createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...more });

const once = (client, payload) =>
  new Promise((resolve) => {
    const results = [];
    client.subscribe(payload, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, error: error.code ?? error.map?.((each) => each.extensions.code) ?? String(error) }),
      complete: () => resolve({ results }),
    });
  });

const client = connected({ Authorization: `Bearer ${token}` });
const query = await once(client, { query: "{ viewer { username } }" });
const invalid = await once(client, { query: "{ nothing }" });
const events = client.iterate({ query: "subscription { feed { type cursor } }" });
const first = await events.next();
await events.return();
await client.dispose();

const stranger = await once(connected({ Authorization: "Bearer hub_nobody" }), { query: "{ __typename }" });
const pings = await new Promise((resolve) => {
  const patient = connected(
    { token },
    { keepAlive: 100, lazy: false, on: { pong: (received, payload) => resolve({ received, payload: payload ?? null }) } },
  );
  setTimeout(() => patient.dispose(), 2000).unref();
});

console.log(JSON.stringify({ query, invalid, first: first.value, stranger, pings }));
process.exit(0);

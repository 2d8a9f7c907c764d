// graphql-ws on Node: one subscription, whose events come from a client's own message on another path.
// POST /fire hands the event to all subscribers, each of which executes its own selection, as the package does it.
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema(`
  type Query { ok: Boolean }
  type Author { username: String! }
  type Entry { body: String! author: Author }
  type Incident { reference: String! title: String! }
  type Event { cursor: String! type: String! incident: Incident entry: Entry }
  type Subscription { feed(after: String): Event! }
`);

const event = (type) => ({
  cursor: "x".repeat(184),
  type,
  incident: { reference: "PAY-1000", title: "Ledger lags" },
  entry: { body: "Half of the pool is back.", author: { username: "responder.payments" } },
});

class Hub {
  readers = new Set();

  publish(value) {
    for (const reader of this.readers) reader(value);
  }

  async *follow() {
    yield { feed: event("CONNECTED") };
    const waiting = [];
    let wake = () => {};
    const reader = (value) => {
      waiting.push(value);
      wake();
    };
    this.readers.add(reader);
    try {
      while (true) {
        while (waiting.length) yield { feed: waiting.shift() };
        await new Promise((resolve) => (wake = resolve));
      }
    } finally {
      this.readers.delete(reader);
    }
  }
}

const hub = new Hub();
const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/fire") hub.publish(event("TimelineEntryAdded"));
  response.end();
});
const sockets = new WebSocketServer({ server, path: "/graphql/" });
useServer({ schema, roots: { subscription: { feed: () => hub.follow() } } }, sockets);
server.listen(Number(process.env.PORT), "127.0.0.1");

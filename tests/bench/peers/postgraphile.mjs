// PostGraphile 5 over the hub's own tables, with the hub's unprivileged login and its row-level security.
// From the environment: DATABASE_URL, PORT, WORKERS, POOL. Whoever the header x-user-id names is asked for; that no token
// is looked up is the peer's advantage.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";

const workers = Number(process.env.WORKERS ?? 1);

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: Number(process.env.POOL ?? 8) },
    }),
  ],
  schema: { defaultBehavior: "+list +connection +orderBy +filterBy" },
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  grafserv: { graphiql: false, graphqlPath: "/graphql", watch: false, maxRequestLength: 100_000 },
  grafast: {
    explain: false,
    context: (request) => ({ pgSettings: { "app.uid": String(request.node?.req?.headers["x-user-id"] ?? "") } }),
  },
};

async function serve() {
  const server = createServer();
  await postgraphile(preset).createServ(grafserv).addTo(server);
  server.listen(Number(process.env.PORT), "127.0.0.1");
}

if (cluster.isPrimary && workers > 1) {
  for (let started = 0; started < workers; started += 1) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill();
    process.exit(0);
  });
} else {
  await serve();
}

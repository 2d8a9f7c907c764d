// Starts GraphiQL on the endpoint that this page was loaded from, as the person who is signed in.
const root = document.getElementById("graphiql");
const endpoint = new URL(location.pathname, location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({
  url: endpoint.href,
  headers: { "X-CSRFToken": root.dataset.token },
  wsClient: graphqlWs.createClient({ url: socket.href, lazy: true }),
});
const shown = {
  fetcher,
  defaultQuery: document.getElementById("example").content.textContent.trimStart(),
  query: new URLSearchParams(location.search).get("query") || undefined,
  shouldPersistHeaders: false,
};
const home = React.createElement("a", { href: "/" }, "Incident hub");
ReactDOM.render(React.createElement(GraphiQL, shown, React.createElement(GraphiQL.Logo, null, home)), root);

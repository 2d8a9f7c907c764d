// Starts GraphiQL on the endpoint that this page was loaded from, as the person who is signed in.
(() => {
  const root = document.getElementById("graphiql");
  const endpoint = new URL(window.location.pathname, window.location.href);
  const socket = new URL(endpoint);
  socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  const example = `# The open incidents you may see, gravest first.
# Ctrl-Space completes, Ctrl-Enter runs.
# The book at the left is the manual.
query OpenIncidents {
  viewer {
    name
  }
  incidents(
    first: 10
    filters: { open: true }
    ordering: [{ severity: ASC }, { declaredAt: DESC }]
  ) {
    totalCount
    edges {
      node {
        reference
        title
        severity
        status
        unit {
          name
        }
        commander {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

  const fetcher = GraphiQL.createFetcher({
    url: endpoint.href,
    headers: { "X-CSRFToken": root.dataset.token },
    wsClient: graphqlWs.createClient({ url: socket.href, lazy: true }),
  });

  const home = React.createElement("a", { href: "/" }, "Incident hub");
  ReactDOM.render(
    React.createElement(
      GraphiQL,
      {
        fetcher,
        defaultQuery: example,
        query: new URLSearchParams(window.location.search).get("query") || undefined,
        shouldPersistHeaders: false,
      },
      React.createElement(GraphiQL.Logo, null, home),
    ),
    root,
  );
})();

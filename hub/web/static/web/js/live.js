// What happens, as it happens: GraphQL subscriptions over one WebSocket (protocol graphql-transport-ws), signed in
// by the session cookie. Each subscription keeps the cursor of its last event, so a lost connection loses nothing.
import { all, byId, on, one, within } from "./page.js";
import { now } from "./time.js";

const PROTOCOL = "graphql-transport-ws";
const EVENT = "cursor type at incident { id reference title }";
const FEED = `subscription ($after: String) { feed(after: $after) { ${EVENT} } }`;
const INCIDENT_FEED = `subscription ($incidentId: ID!, $after: String) { incidentFeed(incidentId: $incidentId, after: $after) { ${EVENT} } }`;

const PING_MS = 20_000;
const PONG_MS = 8_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const BANNER_AFTER_MS = 1_500;
const REPLAY_QUIET_MS = 600;
const REFRESH_EVERY_MS = 1_000;
const HELD_RETRY_MS = 400;
const MARK_MS = 10_000;
const SIGNED_OUT = [4401, 4403];

/** What this page follows: by its place, a query of one root field; `after` is the last event's cursor. */
const subscriptions = [];
let socket, isReady, attempt = 0, retryTimer, retryAt, pingTimer, pongTimer, bannerTimer, lostAt, replay;

const send = (message) => socket.send(JSON.stringify(message));

const begin = (id) => send({ id: String(id), type: "subscribe", payload: subscriptions[id] });

function connect() {
  if (socket) return;
  clearTimeout(retryTimer);
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/`, PROTOCOL);
  socket.addEventListener("open", () => send({ type: "connection_init" }));
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    RECEIVED[message.type]?.(message);
  });
  socket.addEventListener("close", onClose);
}

const RECEIVED = {
  connection_ack: onReady,
  ping: () => send({ type: "pong" }),
  pong: () => clearTimeout(pongTimer),
  next: deliver,
  // Most likely a cursor that is too old: begin anew, and read again what the page shows.
  error: ({ id }) => restart(id, true),
  complete: ({ id }) => restart(id),
};

function onReady() {
  isReady = true;
  attempt = 0;
  pingTimer = setInterval(() => {
    send({ type: "ping" });
    clearTimeout(pongTimer);
    // A socket can be dead for minutes before the browser says so.
    pongTimer = setTimeout(() => socket?.close(), PONG_MS);
  }, PING_MS);
  for (const id of subscriptions.keys()) begin(id);
  clearTimeout(bannerTimer);
  bannerTimer = undefined;
  say("live");
  if (lostAt) {
    // What happened before this moment and arrives from now on was missed.
    replay = { count: 0, since: now() };
    settleReplay();
  }
  lostAt = undefined;
}

function deliver({ id, payload: { data } }) {
  if (!data) return;
  const [event] = Object.values(data);
  subscriptions[id].variables.after = event.cursor;
  if (replay && Date.parse(event.at) <= replay.since) {
    replay.count += 1;
    settleReplay();
  }
  onEvent(event);
}

function settleReplay() {
  clearTimeout(replay.timer);
  replay.timer = setTimeout(() => {
    const { count } = replay;
    replay = null;
    say("back", count);
  }, REPLAY_QUIET_MS);
}

function restart(id, isBroken) {
  if (isBroken) {
    subscriptions[id].variables.after = null;
    refreshing().forEach(refresh);
  }
  setTimeout(() => isReady && begin(id), wait());
}

function wait() {
  const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt++);
  return longest / 2 + (Math.random() * longest) / 2;
}

function onClose({ code }) {
  clearInterval(pingTimer);
  clearTimeout(pongTimer);
  clearTimeout(replay?.timer);
  socket = null;
  isReady = false;
  if (SIGNED_OUT.includes(code)) return say("signed-out");
  replay = null;
  lostAt ??= now();
  const delay = wait();
  retryAt = Date.now() + delay;
  retryTimer = setTimeout(connect, delay);
  bannerTimer ??= setTimeout(() => isReady || say("lost"), BANNER_AFTER_MS);
}

function retryNow() {
  if (socket) return;
  attempt = 1;
  connect();
}

// What the reader sees of it: a banner, and a word at the foot of the rail.

let countdown;

function say(state, replayed = 0) {
  const banner = byId("connection");
  const live = byId("live");
  const isLive = state === "live" || state === "back";
  clearInterval(countdown);
  if (live) {
    live.hidden = false;
    live.dataset.state = isLive ? "live" : state;
    live.textContent = isLive ? "Live" : "Not live";
  }
  if (state === "live" || (state === "back" && banner.hidden)) return;
  banner.replaceChildren(byId(`connection-${state}`).content.cloneNode(true));
  banner.hidden = false;
  const told = one("[data-told]", banner);
  if (state === "lost") {
    const show = () => {
      const seconds = Math.ceil((retryAt - Date.now()) / 1000);
      told.textContent = seconds > 0 ? `Trying again in ${seconds} s.` : "Trying…";
    };
    show();
    countdown = setInterval(show, 500);
  }
  if (state === "back") {
    told.textContent = replayed ? `${replayed} event${replayed === 1 ? "" : "s"} replayed.` : "Nothing was missed.";
    setTimeout(() => isReady && (banner.hidden = true), 5000);
  }
}

// What an event does to the page: "hub:event" on the document, and a fresh read of what shows it.

const refreshes = new WeakMap();

/** Somebody types here, has begun a correction, or reads what must not move under the pointer. */
const isHeld = (target) =>
  target.querySelector("dialog[open], details.correct[open], .htmx-request, :is(input, textarea, select):focus") ||
  ("liveHold" in target.dataset && (target.matches(":hover") || target.contains(document.activeElement)));

const pendingButton = (target) => one(`[data-live-pending="${target.id}"]`);
const refreshing = () => all("[data-live-refresh]");

function refresh(target) {
  const state = refreshes.get(target) ?? { at: 0, waiting: 0 };
  refreshes.set(target, state);
  state.waiting += 1;
  if (!document.hidden) state.timer ??= setTimeout(attemptRefresh, Math.max(100, state.at + REFRESH_EVERY_MS - Date.now()), target, state);
}

function attemptRefresh(target, state) {
  state.timer = undefined;
  if (!state.waiting) return;
  if (!target.isConnected) return refreshHeir(target);
  if (!isHeld(target)) return apply(target);
  const button = pendingButton(target);
  if (button) {
    button.textContent = `Show ${state.waiting} update${state.waiting === 1 ? "" : "s"}`;
    button.classList.add("on");
  }
  state.timer = setTimeout(attemptRefresh, HELD_RETRY_MS, target, state);
}

function apply(target, isAsked = false) {
  const state = refreshes.get(target);
  if (!state?.waiting) return;
  state.isAsked = isAsked;
  state.waiting = 0;
  state.at = Date.now();
  pendingButton(target)?.classList.remove("on");
  window.htmx.trigger(target, "hub:refresh");
}

/** What a replaced part still waited for, the part that took its place asks for: it may have been written before. */
function refreshHeir(target) {
  const heir = byId(target.id);
  if (heir?.matches("[data-live-refresh]")) refresh(heir);
}

// No refresh is lost because a part was replaced, or its request ended, while an answer was under way.
const shown = new WeakSet();
// An event on a part that is gone does not come up to here.
on("htmx:beforeSwap", ({ detail }) => {
  shown.add(detail.xhr);
  // What was begun while the answer was under way stays as well, unless its writer asked for what is new. The event's
  // own element is what would be replaced, whoever asked.
  const asking = detail.requestConfig.elt;
  if (asking.matches("[data-live-refresh]") && isHeld(asking) && !refreshes.get(asking)?.isAsked) {
    detail.shouldSwap = false;
    refresh(asking);
  }
});
on("htmx:afterRequest", ({ detail: { xhr, target } }) => {
  if (!shown.has(xhr) && !target.isConnected) refreshHeir(target);
});
on("htmx:sendAbort", ({ target }) => {
  if (target.matches("[data-live-refresh]")) refresh(target);
});

function onEvent(event) {
  const { type, incident } = event;
  document.dispatchEvent(new CustomEvent("hub:event", { detail: event }));
  const keys = ["feed", `type:${type}`, `incident:${incident?.id}`, `incident:${incident?.reference}`];
  const concerned = keys.map((key) => `[data-live-refresh~="${key}"]`);
  // The reader's rights changed: everything may look different now.
  if (type === "RESYNC") refreshing().forEach(refresh);
  else if (type !== "CONNECTED") all(concerned).forEach(refresh);
}

// The rows that a refresh brought are marked, through later refreshes too.
const before = new Map();
const markedUntil = new Map();
const rowsOf = (target) => all(":scope > li[id], .rows > li[id]", target);
on("htmx:beforeSwap", ({ detail: { target, elt } }) => {
  if (elt.matches("[data-live-refresh]") && target.id) before.set(target.id, new Set(rowsOf(target).map((row) => row.id)));
});
on("htmx:afterSettle", () => {
  for (const [id, known] of before) {
    before.delete(id);
    const target = byId(id);
    for (const row of target ? rowsOf(target) : []) {
      if (!known.has(row.id)) {
        row.classList.add("enters");
        markedUntil.set(row.id, Date.now() + MARK_MS);
      }
      const rest = (markedUntil.get(row.id) ?? 0) - Date.now();
      if (rest <= 0) continue;
      row.classList.add("is-new");
      setTimeout(() => row.classList.remove("is-new"), rest);
    }
  }
});

const incident = one("[data-live^='incident:']");
const feed = one("[data-live='feed'], [data-live-refresh~='feed']");
const follow = (query, { dataset }, variables) =>
  subscriptions.push({ query, variables: { ...variables, after: dataset.liveAfter ?? null } });
if (incident) follow(INCIDENT_FEED, incident, { incidentId: incident.dataset.live.slice(9) });
if (feed) follow(FEED, feed);
if (subscriptions.length) {
  connect();
  within("click", "[data-live-pending]", (button) => apply(byId(button.dataset.livePending), true));
  within("click", "[data-retry]", retryNow);
  on("visibilitychange", () => {
    if (document.hidden) return;
    retryNow();
    for (const target of refreshing()) {
      const state = refreshes.get(target);
      if (state && !state.timer) attemptRefresh(target, state);
    }
  });
  addEventListener("online", retryNow);
  addEventListener("offline", () => socket?.close());
  // A page in the history cache may hold no socket; it reconnects with its cursor when it is shown again.
  addEventListener("pagehide", () => socket?.close());
  addEventListener("pageshow", ({ persisted }) => persisted && retryNow());
}

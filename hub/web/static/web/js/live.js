// What happens, as it happens: GraphQL subscriptions over one WebSocket (protocol graphql-transport-ws), signed in
// by the session cookie. Each subscription keeps the cursor of its last event, so a lost connection loses nothing.
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

const subscriptions = new Map();
let socket, isReady, attempt = 0, lastId = 0, retryTimer, retryAt, pingTimer, pongTimer, bannerTimer, lostAt, replay;

/**
 * Subscribe until the returned function is called.
 * @param query a subscription with one root field and a variable `$after`
 * @param variables `after` is where to begin; later it is the last event's cursor
 * @param onEvent called with each event (the root field's value)
 */
export function subscribe(query, variables, onEvent) {
  const id = String(++lastId);
  subscriptions.set(id, { query, variables, onEvent });
  if (isReady) begin(id);
  else connect();
  return () => {
    subscriptions.delete(id);
    if (isReady) send({ id, type: "complete" });
  };
}

const send = (message) => socket.send(JSON.stringify(message));

function begin(id) {
  const { query, variables } = subscriptions.get(id);
  send({ id, type: "subscribe", payload: { query, variables } });
}

function connect() {
  if (socket || !subscriptions.size) return;
  clearTimeout(retryTimer);
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/`, PROTOCOL);
  socket.addEventListener("open", () => send({ type: "connection_init" }));
  socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  socket.addEventListener("close", onClose);
}

function receive(message) {
  switch (message.type) {
    case "connection_ack":
      onReady();
      break;
    case "ping":
      send({ type: "pong" });
      break;
    case "pong":
      clearTimeout(pongTimer);
      break;
    case "next":
      deliver(message.id, message.payload);
      break;
    case "error":
      // Most likely a cursor that is too old: begin anew, and read again what the page shows.
      restart(message.id, true);
      break;
    case "complete":
      restart(message.id, false);
  }
}

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
    replay = { count: 0, since: now(), timer: 0 };
    settleReplay();
  }
  lostAt = undefined;
}

function deliver(id, { data }) {
  const subscription = subscriptions.get(id);
  if (!subscription || !data) return;
  const [event] = Object.values(data);
  subscription.variables = { ...subscription.variables, after: event.cursor };
  if (replay && Date.parse(event.at) <= replay.since) {
    replay.count += 1;
    settleReplay();
  }
  subscription.onEvent(event);
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
  const subscription = subscriptions.get(id);
  if (!subscription) return;
  if (isBroken) {
    subscription.variables = { ...subscription.variables, after: null };
    refreshAll();
  }
  setTimeout(() => isReady && subscriptions.has(id) && begin(id), wait());
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
  const banner = document.getElementById("connection");
  const live = document.getElementById("live");
  clearInterval(countdown);
  if (live) {
    live.hidden = false;
    live.dataset.state = state === "back" ? "live" : state;
    live.textContent = state === "live" || state === "back" ? "Live" : "Not live";
  }
  if (!banner) return;
  if (state === "lost") {
    const text = element("span", "Connection lost. What you see may be old.");
    const when = element("span", "");
    // Seconds that count down are for the eye only; a screen reader would say each of them.
    when.ariaHidden = "true";
    const button = element("button", "Try now");
    button.addEventListener("click", retryNow);
    const show = () => {
      const seconds = Math.ceil((retryAt - Date.now()) / 1000);
      when.textContent = seconds > 0 ? `Trying again in ${seconds} s.` : "Trying…";
    };
    show();
    countdown = setInterval(show, 500);
    banner.replaceChildren(text, when, button);
    banner.hidden = false;
  } else if (state === "signed-out") {
    const link = element("a", "Sign in again");
    link.href = location.href;
    banner.replaceChildren(element("span", "You are signed out."), link);
    banner.hidden = false;
  } else if (state === "back" && !banner.hidden) {
    const what = replayed === 1 ? "1 event replayed." : replayed ? `${replayed} events replayed.` : "Nothing was missed.";
    banner.replaceChildren(element("span", `Connected again. ${what}`));
    setTimeout(() => isReady && (banner.hidden = true), 5000);
  }
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

// What an event does to the page: "hub:event" on the document, and a fresh read of what shows it.

const refreshes = new WeakMap();

const concerns = (target, event) =>
  target.dataset.liveRefresh.split(" ").some((key) =>
    ["feed", `type:${event.type}`, `incident:${event.incident?.id}`, `incident:${event.incident?.reference}`].includes(key),
  );

/** Somebody types here, has begun a correction, or reads what must not move under the pointer. */
const isHeld = (target) =>
  target.querySelector("dialog[open], details.correct[open], .htmx-request, :is(input, textarea, select):focus") ||
  ("liveHold" in target.dataset && (target.matches(":hover") || target.contains(document.activeElement)));

const pendingButton = (target) => document.querySelector(`[data-live-pending="${target.id}"]`);

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
  const heir = document.getElementById(target.id);
  if (heir?.matches("[data-live-refresh]")) refresh(heir);
}

/** No refresh is lost because a part was replaced, or its request ended, while an answer was under way. */
function keepRefreshing() {
  const shown = new WeakSet();
  // An event on a part that is gone does not come up to here.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    shown.add(detail.xhr);
    // What was begun while the answer was under way stays as well, unless its writer asked for what is new. The event's
    // own element is what would be replaced, whoever asked.
    const asking = detail.requestConfig.elt;
    if (asking.matches("[data-live-refresh]") && isHeld(asking) && !refreshes.get(asking)?.isAsked) {
      detail.shouldSwap = false;
      refresh(asking);
    }
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { xhr, target } }) => {
    if (!shown.has(xhr) && !target.isConnected) refreshHeir(target);
  });
  document.addEventListener("htmx:sendAbort", ({ target }) => {
    if (target.matches("[data-live-refresh]")) refresh(target);
  });
}

function refreshAll() {
  for (const target of document.querySelectorAll("[data-live-refresh]")) refresh(target);
}

function onEvent(event) {
  document.dispatchEvent(new CustomEvent("hub:event", { detail: event }));
  // The reader's rights changed: everything may look different now.
  if (event.type === "RESYNC") return refreshAll();
  if (event.type === "CONNECTED") return;
  for (const target of document.querySelectorAll("[data-live-refresh]")) if (concerns(target, event)) refresh(target);
}

/** Mark the rows that a refresh brought, through later refreshes too. */
function markNew() {
  const before = new Map();
  const markedUntil = new Map();
  const rowsOf = (target) => target.querySelectorAll(":scope > li[id], .rows > li[id]");
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, elt } }) => {
    if (elt.matches("[data-live-refresh]") && target.id) before.set(target.id, new Set([...rowsOf(target)].map((row) => row.id)));
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const [id, known] of before) {
      before.delete(id);
      const target = document.getElementById(id);
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
}

export function startLive() {
  const incident = document.querySelector("[data-live^='incident:']");
  const feed = document.querySelector("[data-live='feed'], [data-live-refresh~='feed']");
  if (incident) {
    subscribe(INCIDENT_FEED, { incidentId: incident.dataset.live.slice(9), after: incident.dataset.liveAfter ?? null }, onEvent);
  }
  if (feed) subscribe(FEED, { after: feed.dataset.liveAfter ?? null }, onEvent);
  if (!subscriptions.size) return;

  markNew();
  keepRefreshing();
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-live-pending]");
    if (button) apply(document.getElementById(button.dataset.livePending), true);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    retryNow();
    for (const target of document.querySelectorAll("[data-live-refresh]")) {
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

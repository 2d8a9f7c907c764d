// Ctrl/Cmd K: go, find, declare, acknowledge. Commands are the page's own controls marked data-command;
// incidents, people and pages come from GET data-src?q=, as {"results": [{kind, title, detail, url, method?}]}.
import { activate, caps } from "./keys.js";
import { all, byId, make, on, one } from "./page.js";

const KINDS = { incident: "Incidents", person: "People", page: "Knowledge", service: "Services", command: "Commands" };
const WAIT_MS = 120;

const dialog = byId("palette");
const input = one("input", dialog);
const list = byId("palette-list");
let options = [], selected, request, timer;

/** How well letters in order match a label: higher is better, 0 is no match. Starts of words count more. */
function score(label, query) {
  const text = label.toLowerCase();
  if (text.includes(query)) return 100 - text.indexOf(query);
  let at = 0, points = 1;
  for (const letter of query) {
    const found = text.indexOf(letter, at);
    if (found < 0) return 0;
    if (found === 0 || text[found - 1] === " ") points += 4;
    at = found + 1;
  }
  return points;
}

function commands(query) {
  const own = new Map();
  for (const element of all("[data-command]")) {
    const { command, keys } = element.dataset;
    if (element.disabled || element.closest("template") || own.has(command)) continue;
    const points = query ? score(command, query) : 1;
    if (points) own.set(command, { kind: "command", title: command, keys, element, points });
  }
  return [...own.values()].sort((a, b) => b.points - a.points);
}

function icon({ element, kind }) {
  const icons = byId("palette-icons").content.children;
  return ((element && one(".icon", element)) ?? icons[Object.keys(KINDS).indexOf(kind)] ?? icons[4]).cloneNode(true);
}

function draw(items) {
  options = [];
  list.replaceChildren();
  for (const [name, own] of Map.groupBy(items, ({ kind }) => KINDS[kind] ?? "More")) {
    const group = make("div", "", { role: "group", "aria-label": name });
    group.append(make("div", name, { class: "group-name", "aria-hidden": "true" }));
    list.append(group);
    for (const item of own) {
      const at = options.length;
      const option = make("div", "", { role: "option", id: `palette-${at}`, "aria-selected": "false" });
      option.append(icon(item), make("span", item.title, { class: "clip" }));
      if (item.detail) option.append(make("small", item.detail));
      if (item.keys) option.append(make("small")), option.lastChild.append(...caps(item.keys));
      option.addEventListener("click", (event) => run(item, event.ctrlKey || event.metaKey));
      option.addEventListener("pointermove", () => select(at));
      group.append(option);
      options.push([option, item]);
    }
  }
  if (!items.length) list.append(make("p", "Nothing has this name. Press Enter to search knowledge for it.", { class: "palette-none" }));
  select(0);
}

function select(index) {
  options[selected]?.[0].setAttribute("aria-selected", "false");
  selected = index;
  const option = options[index]?.[0];
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option?.id ?? "");
}

function run({ element, method, url }, apart) {
  dialog.close();
  if (element) activate(element);
  else if (method === "post") window.htmx.ajax("POST", url, { target: "body", swap: "none" });
  else if (apart) open(url, "_blank", "noopener");
  else location.assign(url);
}

async function look() {
  const query = input.value.trim();
  const own = commands(query.toLowerCase());
  request?.abort();
  clearTimeout(timer);
  if (!query) return draw(own);
  // What was found last stays until the new answer is there, so that nothing jumps.
  const found = options.map(([, item]) => item).filter((item) => !item.element && score(item.title, query.toLowerCase()));
  if (own.length || !options.length) draw([...own, ...found]);
  timer = setTimeout(async () => {
    request = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.src}?${new URLSearchParams({ q: query })}`, { signal: request.signal, headers: { Accept: "application/json" } });
      if (answer.ok) draw([...own, ...(await answer.json()).results]);
    } catch (error) {
      if (error.name !== "AbortError") draw(own);
    }
  }, WAIT_MS);
}

function onKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    select((selected + step + options.length) % options.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const item = options[selected]?.[1];
    if (item) run(item, event.ctrlKey || event.metaKey);
    else location.assign(`${one(".search").action}?${new URLSearchParams({ q: input.value })}`);
  }
}

input.addEventListener("input", look);
input.addEventListener("keydown", onKey);
dialog.addEventListener("toggle", () => {
  if (!dialog.open) return;
  input.value = "";
  look();
});
on("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else if (!one("dialog[open]")) dialog.showModal();
});

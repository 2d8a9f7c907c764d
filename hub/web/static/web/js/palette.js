// Ctrl/Cmd K: go, find, declare, acknowledge. Commands are the page's own controls marked data-command;
// incidents, people and pages come from GET data-src?q=, as {"results": [{kind, title, detail, url, method?}]}.
import { activate } from "./keys.js";

const KINDS = { incident: ["Incidents", 0], person: ["People", 1], page: ["Knowledge", 2], service: ["Services", 3], command: ["Commands", 4] };
const WAIT_MS = 120;

let dialog, input, list, options, selected, request, timer;

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
  const seen = new Set();
  return [...document.querySelectorAll("[data-command]")]
    .filter((element) => {
      const { command } = element.dataset;
      return !element.disabled && !element.closest("template") && !seen.has(command) && seen.add(command);
    })
    .map((element) => ({ kind: "command", title: element.dataset.command, keys: element.dataset.keys, element, points: query ? score(element.dataset.command, query) : 1 }))
    .filter((item) => item.points > 0)
    .sort((a, b) => b.points - a.points);
}

function icon(item) {
  const own = item.element?.querySelector(".icon");
  const icons = document.getElementById("palette-icons").content.children;
  return (own ?? icons[KINDS[item.kind]?.[1] ?? 4]).cloneNode(true);
}

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function draw(items) {
  options = [];
  list.replaceChildren();
  const groups = new Map();
  for (const item of items) {
    const name = KINDS[item.kind]?.[0] ?? "More";
    if (!groups.has(name)) {
      const group = make("div", "", { role: "group", "aria-label": name });
      group.append(make("div", name, { class: "group-name", "aria-hidden": "true" }));
      groups.set(name, group);
      list.append(group);
    }
    const option = make("div", "", { role: "option", id: `palette-${options.length}`, "aria-selected": "false" });
    option.append(icon(item), make("span", item.title, { class: "clip" }));
    if (item.detail) option.append(make("small", item.detail));
    if (item.keys) option.append(make("small", "")), option.lastChild.append(...item.keys.split(" ").flatMap((key) => [make("kbd", key), " "]));
    option.addEventListener("click", (event) => run(item, event.ctrlKey || event.metaKey));
    option.addEventListener("pointermove", () => select(options.findIndex(([element]) => element === option)));
    groups.get(name).append(option);
    options.push([option, item]);
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
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function run(item, apart) {
  dialog.close();
  if (item.element) activate(item.element);
  else if (item.method === "post") window.htmx.ajax("POST", item.url, { target: "body", swap: "none" });
  else if (apart) open(item.url, "_blank", "noopener");
  else location.assign(item.url);
}

async function look() {
  const query = input.value.trim();
  const own = commands(query.toLowerCase());
  request?.abort();
  clearTimeout(timer);
  if (!query) return draw(own);
  // What was found last stays until the new answer is there, so that nothing jumps.
  if (own.length || !options.length) draw([...own, ...options.map(([, item]) => item).filter((item) => !item.element && score(item.title, query.toLowerCase()))]);
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
    else location.assign(`${document.querySelector(".search").action}?${new URLSearchParams({ q: input.value })}`);
  }
}

export function startPalette() {
  dialog = document.getElementById("palette");
  if (!dialog) return;
  input = dialog.querySelector("input");
  list = document.getElementById("palette-list");
  options = [];
  input.addEventListener("input", look);
  input.addEventListener("keydown", onKey);
  dialog.addEventListener("toggle", () => {
    if (!dialog.open) return;
    input.value = "";
    look();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) dialog.showModal();
  });
}

// The keyboard does everything. An element says its keys itself: data-keys="g i", data-keys="e".
// j and k move through the rows of lists marked data-rows; a row's own key goes before the page's.
import { all, byId, make, on } from "./page.js";

const SWITCH = "hub.keys";
const SEQUENCE_MS = 1200;

const enabled = () => localStorage.getItem(SWITCH) !== "off";
const rowHere = () => document.activeElement?.closest("[data-rows] > *");

let typed = [];
let typedAt = 0;

function find(keys) {
  const named = all(`[data-keys="${CSS.escape(keys)}"]`).filter((each) => !each.closest("dialog, template") && !each.disabled);
  const row = rowHere();
  // A row's key is never meant for another row.
  return named.find((each) => row?.contains(each)) ?? named.find((each) => !each.closest("[data-rows]"));
}

/** Press a button, follow a link, or put the cursor into a field. */
export function activate(element) {
  if (!element.matches("input, textarea, select")) return element.click();
  element.focus();
  element.select?.();
}

function move(by) {
  const titles = all("[data-rows] .row-title");
  const row = rowHere();
  const at = titles.findIndex((title) => row?.contains(title));
  const next = titles[at < 0 ? (by > 0 ? 0 : titles.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!enabled() || event.key.length > 1) return;

  if (event.timeStamp - typedAt > SEQUENCE_MS) typed = [];
  typedAt = event.timeStamp;
  typed = [...typed, event.key].slice(-2);

  const element = find(typed.join(" ")) ?? (typed.length > 1 ? find(event.key) : null);
  if (element) {
    event.preventDefault();
    typed = [];
    activate(element);
  } else if (typed.length === 1 && (event.key === "j" || event.key === "k")) {
    typed = [];
    move(event.key === "j" ? 1 : -1);
  }
}

function listKeys() {
  const known = new Map();
  for (const each of all("[data-keys]")) {
    const { keys, command } = each.dataset;
    if (!known.has(keys)) known.set(keys, command ?? each.ariaLabel ?? each.textContent.trim());
  }
  byId("keys-list").replaceChildren(
    ...[...known].flatMap(([keys, label]) => {
      const term = make("dt");
      term.append(...caps(keys));
      return [term, make("dd", label)];
    }),
  );
}

/** Keys as they are shown. */
export const caps = (keys) => keys.split(" ").flatMap((key) => [make("kbd", key), " "]);

on("keydown", onKey);
if (/Mac|iP(hone|ad)/.test(navigator.platform)) for (const cap of all("[data-modifier]")) cap.textContent = "⌘";

byId("keys").addEventListener("toggle", listKeys);
const box = byId("keys-on");
box.checked = enabled();
box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));

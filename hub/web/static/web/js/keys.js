// The keyboard does everything. An element says its keys itself: data-keys="g i", data-keys="e".
// j and k move through the rows of lists marked data-rows; a row's own key goes before the page's.
const SWITCH = "hub.keys";
const SEQUENCE_MS = 1200;
const ALWAYS = [["j", "Next row"], ["k", "Previous row"], ["Enter", "Open the row"], ["Ctrl K", "Commands"]];

const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
const enabled = () => localStorage.getItem(SWITCH) !== "off";

let typed = [];
let typedAt = 0;

function find(keys) {
  const all = [...document.querySelectorAll(`[data-keys="${CSS.escape(keys)}"]`)].filter(
    (element) => !element.closest("dialog, template") && !element.disabled,
  );
  const row = document.activeElement?.closest("[data-rows] > *");
  // A row's key is never meant for another row.
  return all.find((element) => row?.contains(element)) ?? all.find((element) => !element.closest("[data-rows]"));
}

/** Press a button, follow a link, or put the cursor into a field. */
export function activate(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else element.click();
}

function move(by) {
  const titles = [...document.querySelectorAll("[data-rows] .row-title")];
  const row = document.activeElement?.closest("[data-rows] > *");
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

function listKeys(list) {
  const known = new Map();
  for (const element of document.querySelectorAll("[data-keys]")) {
    const label = element.dataset.command ?? element.ariaLabel ?? element.textContent.trim();
    if (!known.has(element.dataset.keys)) known.set(element.dataset.keys, label);
  }
  list.replaceChildren();
  for (const [keys, label] of [...known, ...ALWAYS]) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key === "Ctrl" && isMac ? "⌘" : key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = label;
    list.append(term, meaning);
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  if (isMac) for (const cap of document.querySelectorAll("[data-modifier]")) cap.textContent = "⌘ K";

  const dialog = document.getElementById("keys");
  if (!dialog) return;
  dialog.addEventListener("toggle", () => listKeys(document.getElementById("keys-list")));
  const box = document.getElementById("keys-on");
  box.checked = enabled();
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
}

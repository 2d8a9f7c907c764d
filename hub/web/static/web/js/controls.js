// Dialogs, menus and panes: everything that opens and closes.
import { all, byId, on, one, within } from "./page.js";

const splits = () => all(".split:has([data-pane])");
const openMenus = () => all("details[data-menu][open]");

function choosePane(split, name) {
  for (const pane of all("[data-pane-of]", split)) pane.toggleAttribute("data-off", pane.dataset.paneOf !== name);
  for (const button of all("[data-pane]", split)) button.ariaCurrent = button.dataset.pane === name ? "true" : null;
}

const keepPane = (split) => choosePane(split, (one("[data-pane][aria-current]", split) ?? one("[data-pane]", split)).dataset.pane);

/** Where a <details> is: its nearest id, and which of that element's it is. */
function placeOf(details) {
  const home = details.closest("[id]");
  return home && `${home.id} ${all("details", home).indexOf(details)}`;
}

// What was open stays open, and a chosen pane stays chosen, when htmx brings the same part anew.
let opened = new Set();
on("htmx:beforeSwap", ({ detail: { target } }) => {
  opened = new Set(all("details[open]:not([data-menu])", target).map(placeOf));
});
on("htmx:afterSettle", () => {
  if (opened.size) for (const details of all("details")) if (opened.has(placeOf(details))) details.open = true;
  opened = new Set();
  splits().forEach(keepPane);
});

// A part that waits for an answer of its own is not replaced beneath it: the answer would find no page to change.
on("htmx:oobBeforeSwap", ({ detail }) => {
  if (one(".htmx-request", detail.target)) detail.shouldSwap = false;
});

within("click", "[data-dialog]", (opener, event) => {
  const dialog = byId(opener.dataset.dialog);
  if (!dialog || dialog.open) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", ({ target }) => {
  if (target.closest("[data-close]") || target.matches("dialog")) target.closest("dialog").close();
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
});
within("click", "[data-pane]", (pane) => choosePane(pane.closest(".split"), pane.dataset.pane));
on("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    one("summary", menu).focus();
  }
});

// A textarea with data-submit sends its form on Ctrl/Cmd Enter.
within("keydown", "textarea[data-submit]", ({ form }, event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

// A form with data-clears is empty again once it is sent, unless somebody has typed on meanwhile.
on("htmx:beforeRequest", ({ target }) => {
  if (target.matches("[data-clears]")) target.sent = one("textarea", target).value;
});
on("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("[data-clears]") || !detail.successful) return;
  const field = one("textarea", target);
  if (field.value === target.sent) field.value = "";
  field.focus();
});

splits().forEach(keepPane);

// Dialogs, menus and panes: everything that opens and closes.

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

function choosePane(split, name) {
  for (const pane of split.querySelectorAll("[data-pane-of]")) {
    pane.toggleAttribute("data-off", pane.dataset.paneOf !== name);
  }
  for (const button of split.querySelectorAll("[data-pane]")) {
    if (button.dataset.pane === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

/** Where a <details> is: its nearest id, and which of that element's it is. */
function placeOf(details) {
  const home = details.closest("[id]");
  return home && `${home.id} ${[...home.querySelectorAll("details")].indexOf(details)}`;
}

/** What was open stays open, and a chosen pane stays chosen, when htmx brings the same part anew. */
function keepThroughSwaps() {
  let opened = new Set();
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    opened = new Set([...target.querySelectorAll("details[open]:not([data-menu])")].map(placeOf));
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (opened.size) for (const details of document.querySelectorAll("details")) if (opened.has(placeOf(details))) details.open = true;
    opened = new Set();
    for (const split of document.querySelectorAll(".split:has([data-pane])")) {
      const chosen = split.querySelector("[data-pane][aria-current]") ?? split.querySelector("[data-pane]");
      choosePane(split, chosen.dataset.pane);
    }
  });
}

/** A part that waits for an answer of its own is not replaced beneath it: the answer would find no page to change. */
function keepWhatWaits() {
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (detail.target.querySelector(".htmx-request")) detail.shouldSwap = false;
  });
}

export function startControls() {
  keepThroughSwaps();
  keepWhatWaits();
  document.addEventListener("click", (event) => {
    const { target } = event;

    const opener = target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && !dialog.open) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if (target.closest("[data-close]") || target.matches("dialog")) target.closest("dialog").close();

    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;

    const pane = target.closest("[data-pane]");
    if (pane) choosePane(pane.closest(".split"), pane.dataset.pane);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A textarea with data-submit sends its form on Ctrl/Cmd Enter.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea[data-submit]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  // A form with data-clears is empty again once it is sent, unless somebody has typed on meanwhile.
  document.addEventListener("htmx:beforeRequest", ({ target }) => {
    if (target.matches("[data-clears]")) target.sent = target.querySelector("textarea").value;
  });
  document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (!target.matches("[data-clears]") || !detail.successful) return;
    const field = target.querySelector("textarea");
    if (field.value === target.sent) field.value = "";
    field.focus();
  });

  for (const split of document.querySelectorAll(".split:has([data-pane])")) choosePane(split, split.querySelector("[data-pane]").dataset.pane);
}

// Short answers to what a person just did. Pages send them as the HX-Trigger event "hub:toast" {message, level}.
import { byId, on, one, within } from "./page.js";

const STAYS = { good: 6000, info: 6000, warn: 12000 };

const SENTENCES = {
  403: "Your roles do not include this here. Nothing was changed.",
  404: "It is gone, or no longer open to you. Reload the page.",
  409: "Somebody was faster. Reload the page and look again.",
  413: "That is too large. Nothing was saved.",
  429: "Too many attempts. Wait a few minutes, then try again.",
};

function toast(message, level = "info") {
  const template = byId(`toast-${level}`) ?? byId("toast-info");
  const shown = template.content.firstElementChild.cloneNode(true);
  one("span", shown).textContent = message;
  byId("toasts").append(shown);
  expire(shown);
}

function expire(shown) {
  // Bad news stays until it is dismissed.
  if (shown.classList.contains("bad")) return;
  const level = Object.keys(STAYS).find((name) => shown.classList.contains(name));
  let timer;
  const start = () => { timer = setTimeout(() => shown.remove(), STAYS[level] ?? STAYS.info); };
  for (const name of ["pointerenter", "focusin"]) shown.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) shown.addEventListener(name, start);
  start();
}

for (const shown of byId("toasts").children) expire(shown);
within("click", "[data-dismiss]", (button) => button.closest(".toast, .notice").remove());
on("hub:toast", ({ detail }) => toast(detail.message, detail.level));
on("htmx:responseError", ({ detail: { xhr } }) => {
  const isSentence = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
  toast(isSentence ? xhr.responseText : SENTENCES[xhr.status] ?? "The hub made a mistake. Nothing was saved; try again.", "bad");
});
on("htmx:sendError htmx:timeout", () => toast("The hub did not answer. Check the connection, then try again.", "bad"));

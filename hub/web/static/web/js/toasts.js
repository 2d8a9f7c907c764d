// Short answers to what a person just did. Pages send them as the HX-Trigger event "hub:toast" {message, level}.
const STAYS = { good: 6000, info: 6000, warn: 12000 };

const SENTENCES = {
  403: "Your roles do not include this here. Nothing was changed.",
  404: "It is gone, or no longer open to you. Reload the page.",
  409: "Somebody was faster. Reload the page and look again.",
  413: "That is too large. Nothing was saved.",
  429: "Too many attempts. Wait a few minutes, then try again.",
};

export function toast(message, level = "info") {
  const template = document.getElementById(`toast-${level}`) ?? document.getElementById("toast-info");
  const shown = template.content.firstElementChild.cloneNode(true);
  shown.querySelector("span").textContent = message;
  document.getElementById("toasts").append(shown);
  expire(shown);
}

function expire(shown) {
  const level = Object.keys(STAYS).find((name) => shown.classList.contains(name));
  // Bad news stays until it is dismissed.
  if (!level && shown.classList.contains("bad")) return;
  let timer;
  const start = () => { timer = setTimeout(() => shown.remove(), STAYS[level] ?? STAYS.info); };
  for (const name of ["pointerenter", "focusin"]) shown.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) shown.addEventListener(name, start);
  start();
}

export function startToasts() {
  const region = document.getElementById("toasts");
  if (!region) return;
  for (const shown of region.children) expire(shown);

  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast, .notice").remove());
  document.addEventListener("hub:toast", ({ detail }) => toast(detail.message, detail.level));
  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const isSentence = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
    toast(isSentence ? xhr.responseText : SENTENCES[xhr.status] ?? "The hub made a mistake. Nothing was saved; try again.", "bad");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => toast("The hub did not answer. Check the connection, then try again.", "bad"));
  }
}

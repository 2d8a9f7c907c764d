// The review's sections as several people write them: text saves itself after a pause and survives a closed tab; who
// else writes where is shown; and what somebody saves in the section that one writes in stands beside one's own text,
// to be merged with one press. Without this script a section is saved by its button, as ever.
import { all, on, one, within } from "../web/js/page.js";

const PAUSE_MS = 1_500;
const SAY_MS = 4_000;
const SAY_WHILE_MS = 20_000;
const KEPT_MS = 14 * 86_400_000;
const FORM = "form[data-section]";

const open = new Map();
let timer;

const writingAt = () => one("[data-writing]")?.dataset.writing;
const fieldOf = (form) => form.elements.namedItem("text");
const versionOf = (form) => form.elements.namedItem("version");

/** What is written in a form and not saved yet, in this browser's storage, which may be off or full. */
function kept(form, change) {
  try {
    const key = `review ${form.dataset.text}`;
    if (!change) return JSON.parse(localStorage.getItem(key));
    change(key, { text: fieldOf(form).value, version: versionOf(form).value, at: Date.now() });
  } catch { /* The server has it soon. */ }
}
const keep = (form) => kept(form, (key, text) => localStorage.setItem(key, JSON.stringify(text)));
const forget = (form) => kept(form, (key) => localStorage.removeItem(key));

/** Ask the hub, or tell it what is given, also while the page goes away. */
function ask(url, given) {
  const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  const body = given && new URLSearchParams(given);
  return fetch(url, { method: body ? "POST" : "GET", headers, body, keepalive: String(body).length < 60_000 });
}

function say(form, text, isBad = false) {
  const line = one("[data-saved]", form);
  line.textContent = text;
  line.classList.toggle("late", isBad);
}

function saveAfter(form, pause) {
  const state = open.get(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(save, pause, form);
}

/** Begin with a form that has come to the page: text that an earlier tab left is taken up again. */
function begin(form) {
  const field = fieldOf(form);
  // What was refused because somebody was faster is the writer's own, and saved nowhere yet.
  open.set(form, { saved: "stale" in form.dataset ? null : field.value, typedAt: 0 });
  const left = kept(form);
  if (!left || Date.now() - left.at > KEPT_MS || left.text === field.value) return;
  field.value = left.text;
  versionOf(form).value = left.version;
  say(form, "This is what you had written and was not saved yet.");
  saveAfter(form, PAUSE_MS);
}

async function save(form) {
  const state = open.get(form);
  if (!state) return;
  clearTimeout(state.timer);
  state.timer = undefined;
  const text = fieldOf(form).value;
  if (!form.isConnected || state.isSaving || state.theirs || text === state.saved || !form.checkValidity()) return;
  state.isSaving = true;
  say(form, "Saving …");
  try {
    const answer = await ask(form.dataset.text, { text, version: versionOf(form).value });
    if (answer.status !== 409 && !answer.ok) throw new Error(answer.status);
    const said = await answer.json();
    if (said.moved) show(form, said);
    else {
      state.saved = text;
      versionOf(form).value = said.version;
      if (fieldOf(form).value === text) forget(form);
      say(form, `Saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
    }
  } catch {
    say(form, "Not saved: the hub cannot be reached. Your text is kept in this browser.", true);
    saveAfter(form, SAY_MS);
  } finally {
    state.isSaving = false;
    if (open.has(form) && !state.theirs && !state.timer && fieldOf(form).value !== state.saved) saveAfter(form, PAUSE_MS);
  }
}

/** Somebody else saved the section: where nothing was begun it is taken over, otherwise it stands beside. */
function show(form, said) {
  const state = open.get(form);
  const field = fieldOf(form);
  if (field.value === state.saved || field.value === said.text) {
    const { selectionStart, selectionEnd } = field;
    field.value = state.saved = said.text;
    field.setSelectionRange(selectionStart, selectionEnd);
    versionOf(form).value = said.version;
    return say(form, `${said.by} saved this section: you see what it says now.`);
  }
  state.theirs = said;
  const beside = one("[data-theirs]", form);
  one("[data-by]", beside).textContent = `${said.by} saved this section while you were writing. Your text is untouched.`;
  const told = one("[data-said]", beside);
  told.className = "prose";
  told.innerHTML = said.html;
  beside.hidden = false;
  say(form, "");
}

function merge(form, how) {
  const state = open.get(form);
  const field = fieldOf(form);
  const { text, version } = state.theirs;
  if (how === "theirs") field.value = text;
  if (how === "both") field.value = `${text.trimEnd()}\n\n${field.value.trimStart()}`;
  versionOf(form).value = version;
  Object.assign(state, { saved: text, theirs: null });
  one("[data-theirs]", form).hidden = true;
  field.focus();
  if (how === "theirs") {
    forget(form);
    say(form, "You see what it says now.");
  } else {
    keep(form);
    save(form);
  }
}

/** Look whether a section that is open here has moved on. */
async function look(form) {
  if (open.get(form).isSaving) return;
  const answer = await ask(`${form.dataset.text}?since=${versionOf(form).value}`);
  if (!answer.ok) return;
  const said = await answer.json();
  if (said.moved && form.isConnected) show(form, said);
}

/** Who writes where: said while one types, asked while one looks. */
async function tellAndAsk() {
  clearTimeout(timer);
  timer = setTimeout(tellAndAsk, SAY_MS);
  const url = writingAt();
  if (!url || document.hidden) return;
  const writing = [...open].find(([form, { typedAt }]) => form.isConnected && Date.now() - typedAt < SAY_WHILE_MS);
  try {
    const answer = await ask(url, writing && { section: writing[0].dataset.section });
    if (answer.ok) mark((await answer.json()).writers);
  } catch { /* The banner says that the connection is lost. */ }
}

function mark(writers) {
  for (const place of all("[data-writers]")) {
    const names = writers.filter(({ section }) => section === place.dataset.writers).map(({ name }) => name);
    const text = names.length ? `${names.join(" and ")} ${names.length > 1 ? "write" : "writes"} here` : "";
    if (place.textContent !== text) place.textContent = text;
  }
}

function gather() {
  for (const form of open.keys()) if (!form.isConnected) open.delete(form);
  for (const form of all(FORM)) if (!open.has(form)) begin(form);
}

within("input", FORM, (form) => {
  const state = open.get(form);
  const isNew = Date.now() - state.typedAt > SAY_WHILE_MS;
  state.typedAt = Date.now();
  keep(form);
  saveAfter(form, PAUSE_MS);
  if (isNew) tellAndAsk();
});
within("click", "[data-merge]", (button) => merge(button.closest(FORM), button.dataset.merge));
within("click", "[data-done]", (link) => save(link.closest(FORM)));
on("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches(FORM) || !detail.successful) return;
  forget(target);
  clearTimeout(open.get(target)?.timer);
  open.delete(target);
});
on("htmx:beforeRequest", ({ target }) => clearTimeout(open.get(target)?.timer));
on("htmx:afterSettle", gather);
on("hub:event", ({ detail: { type } }) => {
  if (type.startsWith("Postmortem") || type === "RESYNC") for (const form of open.keys()) if (form.isConnected) look(form);
});
addEventListener("pagehide", () => {
  for (const form of open.keys()) save(form);
  if (writingAt() && open.size) ask(writingAt(), { section: "" });
});
gather();
tellAndAsk();

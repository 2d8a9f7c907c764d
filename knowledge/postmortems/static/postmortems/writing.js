// The review's sections as several people write them: text saves itself after a pause and survives a closed tab; who
// else writes where is shown; and what somebody saves in the section that one writes in stands beside one's own text,
// to be merged with one press. Without this script a section is saved by its button, as ever.
const PAUSE_MS = 1_500;
const SAY_MS = 4_000;
const SAY_WHILE_MS = 20_000;
const KEPT_DAYS = 14;

const open = new Map();
let timer;

const review = () => document.querySelector("[data-writing]");
const keyOf = (form) => `review ${form.dataset.text}`;
const fieldOf = (form) => form.elements.namedItem("text");
const versionOf = (form) => form.elements.namedItem("version");

function ask(url, given) {
  const headers = { Accept: "application/json" };
  if (!given) return fetch(url, { headers });
  const body = new URLSearchParams(given);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  return fetch(url, { method: "POST", headers, body, keepalive: body.toString().length < 60_000 });
}

function say(form, text, isBad = false) {
  const line = form.querySelector("[data-saved]");
  line.textContent = text;
  line.classList.toggle("late", isBad);
}

/** Begin with a form that has come to the page: text that an earlier tab left is taken up again. */
function begin(form) {
  // What was refused because somebody was faster is the writer's own, and saved nowhere yet.
  const state = { saved: "stale" in form.dataset ? null : fieldOf(form).value, typedAt: 0 };
  open.set(form, state);
  let kept;
  try { kept = JSON.parse(localStorage.getItem(keyOf(form))); } catch { /* Storage is off: nothing was kept. */ }
  if (kept && Date.now() - kept.at < KEPT_DAYS * 86_400_000 && kept.text !== fieldOf(form).value) {
    fieldOf(form).value = kept.text;
    versionOf(form).value = kept.version;
    say(form, "This is what you had written and was not saved yet.");
    state.timer = setTimeout(save, PAUSE_MS, form);
  }
}

function keep(form) {
  const kept = { text: fieldOf(form).value, version: versionOf(form).value, at: Date.now() };
  try { localStorage.setItem(keyOf(form), JSON.stringify(kept)); } catch { /* Full or off: the server has it soon. */ }
}

function forget(form) {
  try { localStorage.removeItem(keyOf(form)); } catch { /* There is none. */ }
}

async function save(form) {
  const state = open.get(form);
  if (!state) return;
  clearTimeout(state.timer);
  state.timer = undefined;
  if (!form.isConnected || state.isSaving || state.theirs) return;
  const text = fieldOf(form).value;
  if (text === state.saved || !form.checkValidity()) return;
  state.isSaving = true;
  say(form, "Saving …");
  try {
    const answer = await ask(form.dataset.text, { text, version: versionOf(form).value });
    if (answer.status !== 409 && !answer.ok) throw new Error(String(answer.status));
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
    state.timer = setTimeout(save, SAY_MS, form);
  } finally {
    state.isSaving = false;
    if (open.has(form) && !state.theirs && fieldOf(form).value !== state.saved) state.timer ??= setTimeout(save, PAUSE_MS, form);
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
  const beside = form.querySelector("[data-theirs]");
  beside.querySelector("[data-by]").textContent = `${said.by} saved this section while you were writing. Your text is untouched.`;
  const told = beside.querySelector("[data-said]");
  told.className = "prose";
  told.innerHTML = said.html;
  beside.hidden = false;
  say(form, "");
}

function merge(form, how) {
  const state = open.get(form);
  const field = fieldOf(form);
  const theirs = state.theirs.text;
  if (how === "theirs") field.value = theirs;
  if (how === "both") field.value = `${theirs.trimEnd()}\n\n${field.value.trimStart()}`;
  versionOf(form).value = state.theirs.version;
  state.saved = theirs;
  state.theirs = null;
  form.querySelector("[data-theirs]").hidden = true;
  field.focus();
  keep(form);
  if (how === "theirs") {
    forget(form);
    say(form, "You see what it says now.");
  } else save(form);
}

/** Look whether a section that is open here has moved on. */
async function look(form) {
  const state = open.get(form);
  if (state.isSaving) return;
  const answer = await ask(`${form.dataset.text}?since=${versionOf(form).value}`);
  if (!answer.ok) return;
  const said = await answer.json();
  if (said.moved && form.isConnected) show(form, said);
}

// Who writes where: said while one types, asked while one looks.

async function tellAndAsk() {
  clearTimeout(timer);
  timer = setTimeout(tellAndAsk, SAY_MS);
  const page = review();
  if (!page || document.hidden) return;
  const writing = [...open].find(([form, { typedAt }]) => form.isConnected && Date.now() - typedAt < SAY_WHILE_MS);
  try {
    const answer = await ask(page.dataset.writing, writing && { section: writing[0].dataset.section });
    if (answer.ok) mark((await answer.json()).writers);
  } catch { /* The banner says that the connection is lost. */ }
}

function mark(writers) {
  for (const place of document.querySelectorAll("[data-writers]")) {
    const names = writers.filter(({ section }) => section === place.dataset.writers).map(({ name }) => name);
    const text = names.length ? `${names.join(" and ")} ${names.length > 1 ? "write" : "writes"} here` : "";
    if (place.textContent !== text) place.textContent = text;
  }
}

function gather() {
  for (const form of open.keys()) if (!form.isConnected) open.delete(form);
  for (const form of document.querySelectorAll("form[data-section]")) if (!open.has(form)) begin(form);
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-section]");
  if (!form) return;
  const state = open.get(form);
  const isNew = Date.now() - state.typedAt > SAY_WHILE_MS;
  state.typedAt = Date.now();
  keep(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(save, PAUSE_MS, form);
  if (isNew) tellAndAsk();
});
document.addEventListener("click", ({ target }) => {
  const form = target.closest("form[data-section]");
  if (!form) return;
  const button = target.closest("[data-merge]");
  if (button) merge(form, button.dataset.merge);
  if (target.closest("[data-done]")) save(form);
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("form[data-section]") || !detail.successful) return;
  forget(target);
  clearTimeout(open.get(target)?.timer);
  open.delete(target);
});
document.addEventListener("htmx:beforeRequest", ({ target }) => clearTimeout(open.get(target)?.timer));
document.addEventListener("htmx:afterSettle", gather);
document.addEventListener("hub:event", ({ detail: { type } }) => {
  if (type.startsWith("Postmortem") || type === "RESYNC") for (const form of open.keys()) if (form.isConnected) look(form);
});
addEventListener("pagehide", () => {
  for (const form of open.keys()) save(form);
  const page = review();
  if (page && open.size) ask(page.dataset.writing, { section: "" });
});
gather();
tellAndAsk();

// What every module asks of the page.
export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const byId = (id) => document.getElementById(id);

/** Listen to events of the whole page, whose names stand in one string. */
export const on = (names, handler) => names.split(" ").forEach((name) => document.addEventListener(name, handler));

/** Listen to events within elements, also such as come later: the handler gets the element and the event. */
export const within = (names, selector, handler) =>
  on(names, (event) => {
    const found = event.target.closest?.(selector);
    if (found) handler(found, event);
  });

export function make(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

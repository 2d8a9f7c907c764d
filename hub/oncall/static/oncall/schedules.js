// Dragging across a schedule's days chooses a part of it. Without a mouse each turn is a link to the same page.
import { all, on, one, within } from "../web/js/page.js";

const DAY = 24 * 60;
const STEP = 60;

let dragged = null;

function minutesAt(row, x) {
  const { right } = one("th", row).getBoundingClientRect();
  const share = (x - right) / (row.getBoundingClientRect().right - right);
  return Math.round((Math.min(Math.max(share, 0), 1) * 14 * DAY) / STEP) * STEP;
}

const moment = (row, minutes) => new Date(Date.parse(row.dataset.days) + minutes * 60_000).toISOString();

const inOrder = (...numbers) => numbers.sort((a, b) => a - b);

within("pointerdown", "tr[data-change]", (row, { button, pointerType, target, clientX }) => {
  if (button === 0 && pointerType !== "touch" && !target.closest("th")) dragged = { row, from: clientX };
});

on("pointermove", ({ clientX }) => {
  if (!dragged || Math.abs(clientX - dragged.from) < 12) return;
  dragged.moved = true;
  const [first, last] = inOrder(dragged.from, clientX);
  for (const turn of all(".turn", dragged.row)) {
    const { left, right } = turn.getBoundingClientRect();
    turn.classList.toggle("chosen", left < last && right > first);
  }
});

on("pointerup", ({ clientX }) => {
  const done = dragged;
  dragged = null;
  if (!done?.moved) return;
  const [first, last] = inOrder(minutesAt(done.row, done.from), minutesAt(done.row, clientX));
  if (first === last) return;
  const asked = new URL(done.row.dataset.change, location.href);
  asked.searchParams.set("since", moment(done.row, first));
  asked.searchParams.set("until", moment(done.row, last));
  document.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
  location.assign(asked);
});

// A link that is dragged would otherwise leave the page with the pointer.
within("dragstart", "tr[data-change]", (row, event) => event.preventDefault());

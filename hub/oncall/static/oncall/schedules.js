// Dragging across a schedule's days chooses a part of it. Without a mouse each turn is a link to the same page.
const DAY = 24 * 60;
const STEP = 60;

let dragged = null;

function minutesAt(row, x) {
  const name = row.querySelector("th").getBoundingClientRect();
  const whole = row.getBoundingClientRect();
  const share = (x - name.right) / (whole.right - name.right);
  const minutes = Math.min(Math.max(share, 0), 1) * 14 * DAY;
  return Math.round(minutes / STEP) * STEP;
}

function moment(row, minutes) {
  return new Date(new Date(row.dataset.days).getTime() + minutes * 60_000).toISOString();
}

document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest?.("tr[data-change]");
  if (!row || event.button !== 0 || event.pointerType === "touch" || event.target.closest("th")) return;
  dragged = { row, from: event.clientX };
});

document.addEventListener("pointermove", (event) => {
  if (!dragged || Math.abs(event.clientX - dragged.from) < 12) return;
  dragged.moved = true;
  for (const turn of dragged.row.querySelectorAll(".turn")) {
    const box = turn.getBoundingClientRect();
    const [left, right] = [dragged.from, event.clientX].sort((a, b) => a - b);
    turn.classList.toggle("chosen", box.left < right && box.right > left);
  }
});

document.addEventListener("pointerup", (event) => {
  const done = dragged;
  dragged = null;
  if (!done?.moved) return;
  const [first, last] = [minutesAt(done.row, done.from), minutesAt(done.row, event.clientX)].sort((a, b) => a - b);
  if (first === last) return;
  const asked = new URL(done.row.dataset.change, location.href);
  asked.searchParams.set("since", moment(done.row, first));
  asked.searchParams.set("until", moment(done.row, last));
  document.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
  location.assign(asked);
});

// A link that is dragged would otherwise leave the page with the pointer.
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("tr[data-change]")) event.preventDefault();
});

// Times that tick. The words are those of hub/web/wording.py, which rendered them first.
import { all, on } from "./page.js";

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
const WEEK = 604_800;

let offset = 0;

/** The server's time in milliseconds, even where this device's clock is wrong. */
export const now = () => Date.now() + offset;

/** A span in its largest unit, or in two: minutes and seconds stand by themselves. */
function span(seconds, most) {
  let rest = Math.abs(Math.trunc(seconds));
  const first = UNITS.findIndex(([size]) => rest >= size);
  const said = UNITS.slice(first, first + (first < 2 ? most : 1)).map(([size, unit]) => {
    const count = Math.trunc(rest / size);
    rest %= size;
    return count && `${count} ${unit}`;
  });
  return said.filter(Boolean).join(" ") || "0 s";
}

export const oneUnit = (seconds) => (Math.abs(seconds) < 60 ? "now" : span(seconds, 1));
export const twoUnits = (seconds) => span(seconds, 2);

const WORDS = {
  // A date, once a week has passed: the server wrote it in the reader's zone.
  ago: (seconds, shown) => (Math.abs(seconds) < WEEK ? oneUnit(seconds) : shown),
  elapsed: twoUnits,
  due: (seconds) => (seconds < 0 ? `in ${twoUnits(seconds)}` : `${twoUnits(seconds)} overdue`),
};

function tick() {
  const present = now();
  for (const element of all("time[data-when]")) {
    const seconds = (present - Date.parse(element.dateTime)) / 1000;
    const words = WORDS[element.dataset.when](seconds, element.textContent);
    if (element.textContent !== words) element.textContent = words;
    if (element.dataset.when === "due") element.toggleAttribute("data-late", seconds >= 0);
  }
}

// A page out of the history cache carries an old time: only a fresh answer says how wrong this clock is.
const [entry] = performance.getEntriesByType("navigation");
const stated = Date.parse(document.documentElement.dataset.now);
if (entry && entry.type !== "back_forward" && stated) {
  const wrong = stated - (performance.timeOrigin + entry.responseStart);
  if (Math.abs(wrong) > 5000) offset = wrong;
}
tick();
setInterval(() => document.hidden || tick(), 1000);
on("visibilitychange", () => document.hidden || tick());

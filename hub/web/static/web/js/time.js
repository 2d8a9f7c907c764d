// Times that tick. The words are those of hub/web/wording.py, which rendered them first.
const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY;

let offset = 0;

/** The server's time in milliseconds, even where this device's clock is wrong. */
export const now = () => Date.now() + offset;

export function oneUnit(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  if (whole < MINUTE) return "now";
  if (whole < HOUR) return `${Math.trunc(whole / MINUTE)} min`;
  if (whole < DAY) return `${Math.trunc(whole / HOUR)} h`;
  return `${Math.trunc(whole / DAY)} d`;
}

export function twoUnits(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.trunc(whole / MINUTE)} min`;
  const [size, unit, lesser, lesserUnit] = whole < DAY ? [HOUR, "h", MINUTE, "min"] : [DAY, "d", HOUR, "h"];
  const rest = Math.trunc((whole % size) / lesser);
  return `${Math.trunc(whole / size)} ${unit}` + (rest ? ` ${rest} ${lesserUnit}` : "");
}

const WORDS = {
  // A date, once a week has passed: the server wrote it in the reader's zone.
  ago: (seconds, shown) => (Math.abs(seconds) < WEEK ? oneUnit(seconds) : shown),
  elapsed: (seconds) => twoUnits(seconds),
  due: (seconds) => (seconds < 0 ? `in ${twoUnits(seconds)}` : `${twoUnits(seconds)} overdue`),
};

export function tick(root = document) {
  const present = now();
  for (const element of root.querySelectorAll("time[data-when]")) {
    const seconds = (present - Date.parse(element.dateTime)) / 1000;
    const words = WORDS[element.dataset.when](seconds, element.textContent);
    if (element.textContent !== words) element.textContent = words;
    if (element.dataset.when === "due") element.toggleAttribute("data-late", seconds >= 0);
  }
}

export function startTicking() {
  // A page out of the history cache carries an old time: only a fresh answer says how wrong this clock is.
  const [entry] = performance.getEntriesByType("navigation");
  const stated = Date.parse(document.documentElement.dataset.now);
  if (entry && entry.type !== "back_forward" && stated) {
    const wrong = stated - (performance.timeOrigin + entry.responseStart);
    if (Math.abs(wrong) > 5000) offset = wrong;
  }
  tick();
  setInterval(() => document.hidden || tick(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
}

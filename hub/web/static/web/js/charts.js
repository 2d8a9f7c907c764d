// Plots from the configuration beside each canvas ([data-chart], hub.web.plots), in which a colour is named by its token.
import { all, make, on, one } from "./page.js";

const drawn = new Map();

/** A token as the rgb() that canvas and Chart.js both understand. */
function colour(token) {
  const probe = make("canvas").getContext("2d", { willReadFrequently: true });
  const element = make("i", "", { hidden: "" });
  document.body.append(element);
  element.style.color = `var(${token})`;
  probe.fillStyle = getComputedStyle(element).color;
  element.remove();
  probe.fillRect(0, 0, 1, 1);
  return `rgb(${[...probe.getImageData(0, 0, 1, 1).data].slice(0, 3)})`;
}

/** Stripes and dots by turns. */
function hatching(index, ink) {
  const tile = make("canvas", "", { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.fillStyle = ink;
  pen.fillRect(0, 0, 8, 8);
  pen.fillStyle = colour("--surface");
  if (index % 2) for (const step of Array(8).keys()) pen.fillRect(step, 7 - step, 2, 1);
  else pen.fillRect(3, 3, 3, 3);
  return pen.createPattern(tile, "repeat");
}

/** The legend with each line's own dashes, which Chart.js leaves out. */
function dashed(chart) {
  const labels = window.Chart.defaults.plugins.legend.labels.generateLabels(chart);
  return labels.map((label) => ({ ...label, lineDash: chart.data.datasets[label.datasetIndex].borderDash, lineWidth: 2 }));
}

async function draw(figure) {
  await import(figure.dataset.chart);
  drawn.get(figure)?.destroy();
  const config = JSON.parse(one("script", figure).textContent, (key, value) => (/color$/i.test(key) ? colour(value) : value));
  const { unit, data: { datasets }, options: { scales, plugins } } = config;
  for (const each of datasets) if (each.hatch) each.backgroundColor = hatching(each.hatch, each.backgroundColor);
  scales.y.ticks.callback = (value) => `${value} ${unit}`.trim();
  plugins.tooltip.callbacks = { label: ({ dataset, formattedValue }) => ` ${dataset.label}: ${formattedValue} ${unit}`.trimEnd() };
  plugins.legend.labels.generateLabels = dashed;
  drawn.set(figure, new window.Chart(one("canvas", figure), config));
}

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    draw(target);
  }
}, { rootMargin: "200px" });
const watch = (root) => all("[data-chart]", root).forEach((figure) => observer.observe(figure));
watch(document);
on("htmx:load", ({ detail }) => watch(detail.elt));
on("hub:theme", () => drawn.forEach((_, figure) => draw(figure)));

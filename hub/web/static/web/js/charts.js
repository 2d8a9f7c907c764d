// Plots from the JSON beside each canvas ([data-chart], hub.web.components.Chart), in the colours of the tokens.
// Lines differ in their dashes and points, bars in their hatching, so that no series needs its colour.
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2]];
const POINTS = ["circle", "triangle", "rect", "rectRot", "crossRot"];

const drawn = new Map();
let library;

function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

/** A token as the rgb() that canvas and Chart.js both understand. */
function colour(name) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const element = document.createElement("i");
  element.hidden = true;
  document.body.append(element);
  element.style.color = `var(${name})`;
  probe.fillStyle = getComputedStyle(element).color;
  element.remove();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function hatching(index, ink, ground) {
  if (index === 0) return ink;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = ink;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = pen.fillStyle = ground;
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (index % 2) for (const shift of [-8, 0, 8]) pen.moveTo(shift, 8), pen.lineTo(shift + 8, 0);
  else pen.arc(4, 4, 1.5, 0, 7);
  if (index % 2) pen.stroke();
  else pen.fill();
  return pen.createPattern(tile, "repeat");
}

function configure({ kind, unit, labels, series, target }) {
  const [ink, muted, line, ground] = ["--ink", "--ink-3", "--line", "--surface"].map(colour);
  const isLine = kind === "line";
  const datasets = series.map(({ name, values, tone: token }, index) => {
    const tone = colour(`--${token || `plot-${(index % 5) + 1}`}`);
    return {
      label: name,
      data: values,
      borderColor: tone,
      backgroundColor: isLine ? tone : hatching(index, tone, ground),
      borderDash: isLine ? DASHES[index % 5] : [],
      borderWidth: isLine ? 2 : 0,
      borderRadius: 3,
      maxBarThickness: 36,
      pointStyle: POINTS[index % 5],
      pointRadius: labels.length > 20 ? 0 : 3,
      pointHoverRadius: 5,
      tension: 0.25,
    };
  });
  if (target != null) {
    datasets.push({ type: "line", label: "Target", data: labels.map(() => target), borderColor: muted, backgroundColor: muted, borderDash: [2, 4], borderWidth: 1.5, pointRadius: 0 });
  }
  const font = { family: "Inter, system-ui, sans-serif", size: 12 };
  const stacked = kind === "stacked";
  return {
    type: isLine ? "line" : "bar",
    data: { labels, datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked, grid: { display: false }, border: { color: line }, ticks: { color: muted, font, maxRotation: 0, autoSkipPadding: 12 } },
        y: { stacked, beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: muted, font, maxTicksLimit: 6, callback: (value) => `${value} ${unit}`.trim() } },
      },
      plugins: {
        legend: { display: datasets.length > 1, position: "bottom", align: "start", labels: { color: ink, font, usePointStyle: isLine, pointStyle: "line", pointStyleWidth: 28, boxWidth: 14, boxHeight: 10, padding: 16, generateLabels: dashed } },
        tooltip: { backgroundColor: ink, titleColor: ground, bodyColor: ground, footerColor: ground, titleFont: font, bodyFont: font, padding: 10, cornerRadius: 6, callbacks: { label: ({ dataset, formattedValue }) => ` ${dataset.label}: ${formattedValue} ${unit}`.trimEnd() } },
      },
    },
  };
}

/** The legend with each line's own dashes, which Chart.js leaves out. */
function dashed(chart) {
  const labels = window.Chart.defaults.plugins.legend.labels.generateLabels(chart);
  return labels.map((label) => ({ ...label, lineDash: chart.data.datasets[label.datasetIndex].borderDash, lineWidth: 2 }));
}

async function draw(figure) {
  await load(figure.dataset.chart);
  drawn.get(figure)?.destroy();
  const data = JSON.parse(figure.querySelector("script").textContent);
  drawn.set(figure, new window.Chart(figure.querySelector("canvas"), configure(data)));
}

export function startCharts() {
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "4000px" });
  const watch = (root) => root.querySelectorAll("[data-chart]").forEach((figure) => observer.observe(figure));
  watch(document);
  document.addEventListener("htmx:load", ({ detail }) => watch(detail.elt));
  document.addEventListener("hub:theme", () => drawn.forEach((_, figure) => draw(figure)));
}

// Drawings by Observable Plot, which comes from this server and is fetched when one is needed.

import { decimal, whole } from "./figures.js";

const NEEDED = ["/static/vendor/d3/d3.min.js", "/static/vendor/observable-plot/plot.umd.min.js"];
const SCALES = [["ty", 1_000_000_000n], ["trieu", 1_000_000n], ["nghin", 1_000n], ["dong", 1n]];
const WIDTH_MAX = 900;
const WIDTH_MIN = 300;
const MARGIN = 40;
const HEIGHT = 220;
const DAY_WIDTH = 120; // between dates below the axis
const TICKS_MIN = 4;
let loaded;

function load() {
  loaded ??= NEEDED.reduce((before, source) => before.then(() => script(source)), Promise.resolve());
  return loaded;
}

function script(source) {
  return new Promise((done, failed) => {
    const element = document.createElement("script");
    Object.assign(element, { src: source, onload: done, onerror: () => failed(new Error(source)) });
    document.head.append(element);
  });
}

/** Amounts by day as a stepped area.
 *
 * points: {day, amount}; ceiling: an amount drawn as a line, or null; label: what it says in words.
 * Positions are rounded to what a picture can show; figures beside it are not.
 */
export async function draw(t, { points, ceiling, label, y }) {
  await load();
  const { Plot } = window;
  const amounts = points.map((point) => whole(point.amount));
  const most = [...amounts, ceiling ?? 0n].reduce((one, other) => (one > other ? one : other));
  const [scale, unit] = SCALES.find(([, size]) => most >= size * 5n) ?? SCALES.at(-1);
  const height = (amount) => Number((amount * 1000n) / unit) / 1000;
  const data = points.map((point, place) => ({ day: new Date(`${point.day}T00:00Z`), amount: height(amounts[place]) }));
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, document.documentElement.clientWidth - MARGIN));
  const drawn = Plot.plot({
    width, height: HEIGHT, marginLeft: 56, marginRight: 20, marginTop: 28,
    ariaLabel: label,
    x: { type: "utc", label: null, ticks: Math.max(TICKS_MIN, Math.floor(width / DAY_WIDTH)), tickFormat: (at) => `${at.getUTCDate()}/${at.getUTCMonth() + 1}` },
    y: { label: `${y} (${t.code("scale", scale)})`, labelArrow: "none", grid: true, zero: true, ticks: 4, tickFormat: decimal },
    marks: [
      Plot.areaY(data, { x: "day", y: "amount", curve: "step-after", className: "chart-area" }),
      Plot.lineY(data, { x: "day", y: "amount", curve: "step-after", className: "chart-line" }),
      ceiling == null ? null : Plot.ruleY([height(ceiling)], { className: "chart-ceiling" }),
      Plot.ruleY([0]),
    ],
  });
  // Its own style element is refused by the page's policy; style.css has the same rules.
  drawn.querySelector("style").remove();
  // One picture with one name: what its parts are called says nothing to a screen reader.
  for (const part of drawn.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  drawn.setAttribute("role", "img");
  return drawn;
}

// Natures of relief, each with its own colour, pattern and word: they are never added up.

import { h, svg } from "./dom.js";
import { figureOf, fraction, whole } from "./figures.js";

export const OF_MONEY = ["discount", "in_kind", "contribution"]; // a forbearance is counted
const WIDTH = 84;
const HEIGHT = 8;

/** A nature's word beside its mark, as a head has it. */
export function natureName(t, nature) {
  const word = t.of("nature", nature);
  return h("span", { class: "nature" }, mark(nature), word.charAt(0).toUpperCase() + word.slice(1));
}

function mark(nature) {
  return svg("svg", { class: `mark ${nature}`, viewBox: "0 0 12 12", "aria-hidden": "true" }, ...filled(12, 12));
}

/** An amount above a bar of its column's own scale. most: the largest of the column. */
export function barred(nature, value, most) {
  if (value == null) return null;
  const long = Math.round(fraction(value, most) * WIDTH);
  const size = whole(value) > 0n ? Math.max(1, long) : 0;
  const bar = svg("svg", { class: `bar-of grows ${nature}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" }, ...(size ? filled(size, HEIGHT, WIDTH - size) : []));
  return h("span", { class: "barred" }, figureOf(value), bar);
}

/** Differences as bars from the middle of a column's own scale: less to the left, more to the right. most: the largest of the column. */
export function fromMiddle(nature, amounts, most, scale = 1) {
  const [middle, height] = [(scale * WIDTH) / 2, scale * HEIGHT];
  const bars = amounts.map(whole).filter((amount) => amount !== 0n).flatMap((amount) => {
    const long = Math.max(1.5, fraction(amount < 0n ? -amount : amount, most) * middle);
    return filled(long, height, amount < 0n ? middle - long : middle);
  });
  return svg("svg", { class: `bar-of ${nature}`, width: 2 * middle, height, "aria-hidden": "true" }, ...bars, svg("path", { class: "axis", d: `M${middle} 0V${height}` }));
}

function filled(width, height, x = 0) {
  const place = { x, y: 0, width, height };
  return [svg("rect", { ...place, class: "ground" }), svg("rect", { ...place, class: "pattern" })];
}

/** What patterns are made of: once a page. */
export function patterns() {
  const pattern = (id, size, ...parts) => svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" }, ...parts);
  return svg("svg", { class: "unseen", "aria-hidden": "true" }, svg("defs", {},
    pattern("stripes", 6, svg("path", { d: "M-1 1l2-2M0 6l6-6M5 7l2-2" })),
    pattern("dots", 5, svg("circle", { cx: 2.5, cy: 2.5, r: 1.3 })),
    pattern("lines", 5, svg("path", { d: "M0 2.5h5" }))));
}

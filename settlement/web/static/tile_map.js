// Provinces as tiles, each about where it lies: one nature, in five classes with round breaks.

import { h, svg } from "./dom.js";
import { amountText, figureOf, grouped } from "./figures.js";

const WIDTH = 76;
const HEIGHT = 28;
const MERGED = "*";
const STEPS = [1n, 2n, 4n, 8n];
const BREAKS = 4;

/** The last four of 1, 2, 4, 8, 10, 20, 40, 80, … up to the largest amount. */
export function breaksOf(most) {
  const steps = [];
  for (let ten = 1n; ten <= most; ten *= 10n) steps.push(...STEPS.map((step) => step * ten).filter((step) => step <= most));
  return steps.slice(-BREAKS);
}

/** tiles: [place, short name, column, row]; amounts: by place, of one nature. Null without tiles or amounts: the table beside it has all. */
export function tileMap(t, { tiles, nature, amounts }) {
  const known = tiles.filter(([place]) => (amounts.get(place) ?? 0n) > 0n);
  if (!known.length) return null;
  const isMerged = amounts.has(MERGED); // then a place without an amount may be one of those merged
  const largest = known.reduce((one, other) => (amounts.get(other[0]) > amounts.get(one[0]) ? other : one));
  const breaks = breaksOf(amounts.get(largest[0]));
  const classOf = (amount) => (amount > 0n ? 1 + breaks.filter((step) => step <= amount).length + BREAKS - breaks.length : 0);
  const said = (place) => (amounts.has(place) ? amountText(amounts.get(place)) : isMerged ? t("merged with other small cells") : t.in("amount of a place", "none"));
  const tile = ([place, name, column, row]) => {
    const kind = !amounts.has(place) && isMerged ? "merged" : `class-${classOf(amounts.get(place) ?? 0n)}`;
    const [x, y] = [column * WIDTH, row * HEIGHT];
    const label = svg("text", { x: x + WIDTH / 2, y: y + 18, "text-anchor": "middle" }, kind === "merged" ? t.in("a tile", "merged") : name);
    return svg("g", { class: kind }, svg("title", {}, `${name}: ${said(place)}`), svg("rect", { x: x + 1, y: y + 1, width: WIDTH - 2, height: HEIGHT - 2 }), label);
  };
  const [columns, rows] = [2, 3].map((at) => 1 + Math.max(...tiles.map((one) => one[at])));
  const word = t.of("nature", nature);
  const says = t("{nature} by home province: {count} of {all} have some, the most {place} with {amount}.", {
    nature: word.charAt(0).toUpperCase() + word.slice(1), count: grouped(known.length), all: grouped(tiles.length), place: largest[1], amount: amountText(amounts.get(largest[0])),
  });
  const sign = (kind, text) => h("li", { class: kind }, svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, svg("rect", { x: 1, y: 1, width: 14, height: 14 })), text);
  const ranges = [
    breaks.length === BREAKS && ["class-1", t("under {amount}", { amount: figureOf(breaks[0]) })],
    ...breaks.map((step, place) => [`class-${2 + place + BREAKS - breaks.length}`, place + 1 < breaks.length ? t("{amount} to under {more}", { amount: figureOf(step), more: figureOf(breaks[place + 1]) }) : t("{amount} and more", { amount: figureOf(step) })]),
    !isMerged && known.length < tiles.length && ["class-0", t.in("amount of a place", "none")],
    isMerged && ["merged", t("merged with other small cells")],
  ].filter(Boolean);
  return h("figure", { class: "tile-map" },
    svg("svg", { role: "img", "aria-label": says, width: columns * WIDTH, height: rows * HEIGHT }, ...tiles.map(tile)),
    h("figcaption", {}, t("In {currency_name}; each province is a tile"), h("ul", {}, ranges.map(([kind, text]) => sign(kind, text)))));
}

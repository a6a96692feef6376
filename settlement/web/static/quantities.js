// Quantities of usage in the unit that people read; what is exact stands beside it, in files and on hover.

import { h } from "./dom.js";
import { grouped, tenths, whole } from "./figures.js";
import { rules } from "./words.js";

/** Units of a kind in the largest unit that they reach. kind: "" where they are of several. */
export function quantity(t, kind, units) {
  const exact = `${grouped(units)} ${t.of("unit_of", kind || "*")}`;
  const sizes = rules.units[kind] ?? rules.units[""];
  const count = whole(units);
  const size = count < 0n ? -count : count;
  const [unit, most] = sizes.find(([, least]) => size >= BigInt(least)) ?? (count === 0n ? sizes[0] : sizes.at(-1));
  const text = most === 1 ? grouped(count) : tenths(count, BigInt(most));
  return h("span", { title: exact }, `${text} ${t.of("shown_in", unit)}`);
}

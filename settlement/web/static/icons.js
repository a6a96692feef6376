// How something stands: an icon and its words. The colour is the third sign, never the only one.

import { h, svg } from "./dom.js";

const CHECK = "M4.5 8.2l2.4 2.4 4.6-5";
const SHAPES = {
  good: () => [svg("circle", { cx: 8, cy: 8, r: 7, class: "solid" }), svg("path", { d: CHECK, class: "sign" })],
  warn: () => [svg("path", { d: "M8 1l7.2 13.5H.8z", class: "solid" }), svg("path", { d: "M8 5.5v4.2M8 11.3v1.6", class: "sign" })],
  known: () => [svg("circle", { cx: 8, cy: 8, r: 7, class: "solid" }), svg("path", { d: CHECK, class: "sign" })],
  unknown: () => [svg("circle", { cx: 8, cy: 8, r: 7, class: "ring" }), svg("path", { d: "M6 6.2a2 2 0 1 1 2.9 1.9c-.7.4-.9.8-.9 1.4M8 11.2v1.2", class: "ring" })],
  half: () => [svg("circle", { cx: 8, cy: 8, r: 6, class: "ring" }), svg("path", { d: "M8 2a6 6 0 0 1 0 12z", class: "solid" })],
  plain: () => [svg("circle", { cx: 8, cy: 8, r: 6, class: "ring" })],
};

/** look: a name of SHAPES. */
export function standing(look, text) {
  return h("span", { class: `is is-${look}` }, svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, ...SHAPES[look]()), text);
}

// Amounts by day, as pictures that the server draws.

import { fileOf } from "./api.js";
import { h } from "./dom.js";

const WIDTH_MAX = 900;
const WIDTH_MIN = 300;
const MARGIN = 40;
const STEP = 60; // of widths, so that few pictures are made
const HEIGHT = 220;

/** A picture as wide as the window lets it be. asked: which rows of the table; says: the same in words; beside: so many in a row. */
export function picture({ path, asked, table }, says, beside = 1) {
  const room = Math.floor((document.documentElement.clientWidth - MARGIN) / beside / STEP) * STEP;
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, room));
  return h("img", { src: fileOf(path, { ...asked, width }, table, "svg"), alt: says, width, height: HEIGHT });
}

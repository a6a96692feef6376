// Rows of a table of the file, as they lie, some at a time.

import { fileOf, get } from "../api.js";
import { h } from "../dom.js";
import { addressOf } from "../places.js";
import { fileLinks, rawTable } from "../table.js";

const ROWS = 100;

export async function tableView({ t, lang, id, asked, signal }) {
  const path = `tables/${id.split("/").map(encodeURIComponent).join("/")}`;
  const offset = Number(asked.offset ?? 0);
  const found = await get(path, { offset, limit: ROWS }, signal);
  const name = id.replace("/", ".");
  const link = (from, text) => h("a", { href: addressOf({ lang, view: "table", id, asked: { offset: from || null } }) }, text);
  const told = found.rows.rows.length;
  return {
    title: name, generation: found.generation,
    trail: [[t("nav.console"), { view: "console" }], [name]],
    nodes: [
      rawTable(t, t("rows_from", name, String(offset + Math.min(1, told)), String(offset + told)), found.rows),
      fileLinks(t, name, (form) => fileOf(path, { offset, limit: ROWS }, "rows", form)),
      h("p", { class: "buttons" }, offset > 0 && link(Math.max(0, offset - ROWS), t("back")), told === ROWS && link(offset + ROWS, t("more"))),
    ],
  };
}

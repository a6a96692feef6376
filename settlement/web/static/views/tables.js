// Rows of a table of the file, as they lie, some at a time.

import { fileOf, get } from "../api.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { fileLinks, rawTable } from "../table.js";

export async function tableView(context) {
  const { t, id, asked, signal } = context;
  const path = `tables/${id.split("/").map(encodeURIComponent).join("/")}`;
  const given = { offset: offsetOf(asked), limit: ROWS };
  const found = await get(path, given, signal);
  const name = id.replace("/", ".");
  return {
    title: name, generation: found.generation,
    trail: [[t("SQL"), { view: "console" }], [name]],
    nodes: [
      rawTable(context, name, found.rows),
      fileLinks(t, name, (form) => fileOf(path, given, "rows", form), true),
      pager(context, found),
    ],
  };
}

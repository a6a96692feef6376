// The tables of the file by schema, searched as one types; a click puts a name into the query.

import { field, h } from "./dom.js";
import { grouped } from "./figures.js";
import { addressOf } from "./places.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").toLowerCase();

/** The tree. insert: takes a name for the query; begin: takes a query to begin with. */
export function schemaTree(context, tables, { insert, begin }) {
  const { t, say } = context;
  const search = h("input", { type: "search", name: "table", autocomplete: "off", spellcheck: "false" });
  const list = h("div", { class: "schemas" });
  const about = (thing) => t.called(thing, "about_vi", "about_en");

  function draw() {
    const sought = plain(search.value.trim());
    const has = (thing, name) => plain(`${name} ${about(thing)}`).includes(sought);
    const shown = tables.flatMap((table) => {
      const columns = sought ? table.columns.filter((column) => has(column, column.name)) : table.columns;
      const isNamed = has(table, `${table.schema}.${table.table}`);
      if (!isNamed && !columns.length) return [];
      return [{ table, columns: columns.length ? columns : table.columns, isOpen: sought !== "" && columns.length > 0 && !isNamed }];
    });
    const schemas = Map.groupBy(shown, ({ table }) => table.schema);
    list.replaceChildren(...[...schemas].map(([name, entries]) =>
      h("details", { open: sought !== "" }, h("summary", {}, h("code", {}, name), ` ${grouped(entries.length)}`), h("ul", {}, entries.map((entry) => branch(context, entry, about, { insert, begin }))))));
    if (!shown.length) list.append(h("p", { class: "hint" }, t("No table or column is called or explained so.")));
    if (sought) say(t.n("{count} table", "{count} tables", { count: shown.length }));
  }

  search.addEventListener("input", draw);
  draw();
  return h("div", { class: "tree" }, field(t("Search tables and columns"), search), list);
}

/** A table; its columns are made when somebody unfolds it. */
function branch({ t, lang, who }, { table, columns, isOpen }, about, { insert, begin }) {
  const name = `${table.schema}.${table.table}`;
  const inside = h("div", { class: "inside", hidden: true });
  const fold = h("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-label": t("Columns of {table}", { table: name }), onclick: turn }, "▸");

  function turn() {
    const opens = inside.hidden;
    if (opens && !inside.firstChild) inside.append(...leaves());
    inside.hidden = !opens;
    fold.setAttribute("aria-expanded", String(opens));
    fold.textContent = opens ? "▾" : "▸";
  }

  const leaves = () => [
    h("p", {}, about(table), table.rows == null ? "" : ` ${t.n("About {count} row.", "About {count} rows.", { count: table.rows })}`),
    h("p", { class: "ways" },
      h("button", { type: "button", class: "link", onclick: () => begin(firstRows(name)), "aria-label": `${t("First 100 rows")}: ${name}` }, t("First 100 rows")),
      table.kind === "table" && who.may.console && h("a", { href: addressOf({ lang, view: "table", id: `${table.schema}/${table.table}` }), "aria-label": `${t("See its rows")}: ${name}` }, t("See its rows"))),
    h("ul", {}, columns.map((column) =>
      h("li", {}, h("button", { type: "button", class: "name", onclick: () => insert(column.name) }, h("code", {}, column.name)), " ", h("small", {}, column.type), h("small", { class: "about" }, about(column))))),
  ];
  const made = h("li", {}, h("span", { class: "branch" }, fold, h("button", { type: "button", class: "name", title: about(table), onclick: () => insert(name) }, h("code", {}, table.table))), inside);
  if (isOpen) turn();
  return made;
}

/** A query of the first rows of a table. */
export const firstRows = (name) => `SELECT *\nFROM ${name}\nLIMIT 100`;

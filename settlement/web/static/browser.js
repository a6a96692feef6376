// The tables of the file, with what each and its columns mean.

import { h } from "./dom.js";
import { grouped } from "./figures.js";
import { addressOf } from "./places.js";
import { table } from "./table.js";

/** A list of tables by schema. put: takes a query to begin with. */
export function tableBrowser({ t, lang, who }, tables, put) {
  const about = (one) => t.called(one, "about_vi", "about_en");
  const one = (found) => {
    const name = `${found.schema}.${found.table}`;
    return h("details", {},
      h("summary", {}, h("code", {}, name), found.rows == null ? "" : ` · ${t("about {count} rows", { count: grouped(found.rows) })}`),
      h("p", {}, about(found)),
      table(t, {
        caption: t("Columns of {table}", { table: name }), rows: found.columns,
        columns: [{ key: "name", label: t("Column"), code: true }, { key: "type", label: t("Type"), code: true }, { label: t("Meaning"), cell: about, wide: true }],
      }),
      h("p", { class: "buttons" },
        h("button", { type: "button", class: "plain", onclick: () => put(`SELECT *\nFROM ${name}\nLIMIT 100`), "aria-label": `${t("Use")}: ${name}` }, t("Use")),
        found.kind === "table" && who.may.console && h("a", { href: addressOf({ lang, view: "table", id: `${found.schema}/${found.table}` }), "aria-label": `${t("See its rows")}: ${name}` }, t("See its rows"))));
  };
  return h("div", { class: "browser" }, tables.map(one));
}

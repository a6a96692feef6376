// The tables of the file, with what each and its columns mean.

import { h } from "./dom.js";
import { grouped } from "./figures.js";
import { addressOf } from "./places.js";
import { table } from "./table.js";

/** A list of tables by schema. put: takes a query to begin with. */
export function tableBrowser({ t, lang, who }, tables, put) {
  const about = (one) => (lang === "en" ? one.about_en : one.about_vi);
  const one = (found) => {
    const name = `${found.schema}.${found.table}`;
    return h("details", {},
      h("summary", {}, h("code", {}, name), found.rows == null ? "" : ` · ${t("rows_told", grouped(found.rows))}`),
      h("p", {}, about(found)),
      table(t, {
        caption: t("columns_of", name), rows: found.columns,
        columns: [{ key: "name", label: t("column_name"), code: true }, { key: "type", label: t("type"), code: true }, { label: t("meaning"), cell: about, wide: true }],
      }),
      h("p", { class: "buttons" },
        h("button", { type: "button", class: "plain", onclick: () => put(`SELECT *\nFROM ${name}\nLIMIT 100`), "aria-label": `${t("use")}: ${name}` }, t("use")),
        found.kind === "table" && who.may.console && h("a", { href: addressOf({ lang, view: "table", id: `${found.schema}/${found.table}` }), "aria-label": `${t("see_rows")}: ${name}` }, t("see_rows"))));
  };
  return h("div", { class: "browser" }, tables.map(one));
}

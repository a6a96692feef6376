// One's own SQL: written, waited for, cancelled, kept as a file; beside the tables and worked queries.

import { get } from "../api.js";
import { field, h } from "../dom.js";
import { tableBrowser } from "../browser.js";
import { queryRun } from "../query_run.js";

const KEPT = "doisoat.sql";
const FIRST = "SELECT carrier, sum(amount) AS amount\nFROM rated.relief_total\nGROUP BY carrier\nORDER BY carrier";

export async function consoleView(context) {
  const { t, asked, signal } = context;
  const [{ queries }, { tables, generation }] = await Promise.all([get("queries", {}, signal), get("tables", {}, signal)]);
  const sql = h("textarea", { name: "sql", rows: 12, spellcheck: "false", class: "code", autocapitalize: "none" });
  sql.value = (await askedFor(asked, queries, signal)) ?? sessionStorage.getItem(KEPT) ?? FIRST;
  const run = h("button", { type: "submit" }, t.in("button", "Run"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true }, t("Cancel"));
  const query = queryRun(context, (isBusy) => {
    [run.disabled, cancel.disabled] = [isBusy, !isBusy];
  });

  function submit(event) {
    event?.preventDefault();
    sessionStorage.setItem(KEPT, sql.value);
    query.begin(sql.value);
  }

  cancel.addEventListener("click", query.cancel);
  sql.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  });
  const put = (text) => {
    sql.value = text;
    sql.focus();
  };
  return {
    title: t("SQL"), generation,
    nodes: [
      h("form", { onsubmit: submit }, field(t("Query"), sql, t("One SELECT. Ctrl + Enter runs it.")), h("p", { class: "buttons" }, run, cancel), query.status),
      query.result,
      h("section", {}, h("h2", {}, t("Worked queries")), h("ol", { class: "worked" }, queries.map((one) =>
        h("li", { value: one.number }, h("details", {}, h("summary", {}, t.called(one, "title_vi", "title_en")),
          one.none_expected && h("p", {}, t("None may come back: each row is a fault.")), h("pre", { tabindex: "0", "aria-label": t.called(one, "title_vi", "title_en") }, one.sql),
          h("p", {}, h("button", { type: "button", class: "plain", onclick: () => put(one.sql), "aria-label": t("Use query {number}", { number: String(one.number) }) }, t("Use")))))))),
      h("section", {}, h("h2", {}, t("Tables")), tableBrowser(context, tables, put)),
    ],
  };
}

/** The worked query, or that of a variance, that an address asks for. */
async function askedFor(asked, queries, signal) {
  if (asked.variance) return (await get(`variance/${encodeURIComponent(asked.variance)}`, {}, signal)).query;
  return queries.find((one) => String(one.number) === asked.query)?.sql;
}

// One's own SQL: written, waited for, cancelled, kept as a file; beside the tables and worked queries.

import { get } from "../api.js";
import { field, h } from "../dom.js";
import { tableBrowser } from "../browser.js";
import { queryRun } from "../query_run.js";

const KEPT = "doisoat.sql";
const FIRST = "SELECT carrier, sum(amount) AS amount\nFROM rated.relief_total\nGROUP BY carrier\nORDER BY carrier";

export async function consoleView(context) {
  const { t, lang, asked, signal } = context;
  const [{ queries }, { tables, generation }] = await Promise.all([get("queries", {}, signal), get("tables", {}, signal)]);
  const sql = h("textarea", { name: "sql", rows: 12, spellcheck: "false", class: "code", autocapitalize: "none" });
  sql.value = (await askedFor(asked, queries, signal)) ?? sessionStorage.getItem(KEPT) ?? FIRST;
  const run = h("button", { type: "submit" }, t("run_query"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true }, t("cancel"));
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
    title: t("nav.console"), generation,
    nodes: [
      h("form", { onsubmit: submit }, field(t("sql"), sql, t("sql_hint")), h("p", { class: "buttons" }, run, cancel), query.status),
      query.result,
      h("section", {}, h("h2", {}, t("worked_queries")), h("ol", { class: "worked" }, queries.map((one) =>
        h("li", { value: one.number }, h("details", {}, h("summary", {}, lang === "en" ? one.title_en : one.title_vi),
          one.none_expected && h("p", {}, t("none_expected")), h("pre", { tabindex: "0", "aria-label": lang === "en" ? one.title_en : one.title_vi }, one.sql),
          h("p", {}, h("button", { type: "button", class: "plain", onclick: () => put(one.sql), "aria-label": t("use_query", String(one.number)) }, t("use")))))))),
      h("section", {}, h("h2", {}, t("tables")), tableBrowser(context, tables, put)),
    ],
  };
}

/** The worked query, or that of a variance, that an address asks for. */
async function askedFor(asked, queries, signal) {
  if (asked.variance) return (await get(`variance/${encodeURIComponent(asked.variance)}`, {}, signal)).query;
  return queries.find((one) => String(one.number) === asked.query)?.sql;
}

// One's own SQL: written, waited for, cancelled, kept as a file; beside the tables and worked queries.

import { fileOf, get, send } from "../api.js";
import { field, h } from "../dom.js";
import { tableBrowser } from "../browser.js";
import { fileLinks, rawTable } from "../table.js";

const LOOK_MS = 250;
const KEPT = "doisoat.sql";
const SHOWN_MAX = 500;

export async function consoleView(context) {
  const { t, lang, asked, signal, say } = context;
  const [{ queries }, { tables, generation }] = await Promise.all([get("queries", {}, signal), get("tables", {}, signal)]);
  const worked = queries.find((one) => String(one.number) === asked.query);
  const sql = h("textarea", { name: "sql", rows: 12, spellcheck: "false", class: "code", autocapitalize: "none" });
  sql.value = worked?.sql ?? sessionStorage.getItem(KEPT) ?? "SELECT carrier, sum(amount) AS amount\nFROM rated.relief_total\nGROUP BY carrier\nORDER BY carrier";
  const run = h("button", { type: "submit" }, t("run_query"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true }, t("cancel"));
  const status = h("p", { class: "steps" });
  const result = h("section", { "aria-label": t("result") });
  let id = null;

  function tell(text) {
    if (status.textContent !== text) say(text);
    status.textContent = text;
  }

  function refuse({ what, message, mend }) {
    tell("");
    result.replaceChildren(h("p", { class: "alert", role: "alert" }, `${what ?? message}. ${mend ?? ""}`));
  }

  async function submit(event) {
    event?.preventDefault();
    if (id !== null) return;
    sessionStorage.setItem(KEPT, sql.value);
    [run.disabled, cancel.disabled] = [true, false];
    result.replaceChildren();
    try {
      let found = await send("POST", "query", { sql: sql.value, wait: false });
      id = found.id;
      while (["queued", "running"].includes(found.state)) {
        tell(found.state === "queued" ? t("in_queue", String(found.place)) : t("running"));
        await new Promise((again) => setTimeout(again, LOOK_MS));
        if (signal.aborted) return;
        found = await get(`query/${id}`, {}, signal);
      }
      if (found.state === "done") show(found);
      else refuse(found.error);
    } catch (refusal) {
      if (!signal.aborted) refuse(refusal);
    } finally {
      id = null;
      [run.disabled, cancel.disabled] = [false, true];
    }
  }

  function show({ id: asked, result: { rows, columns, types, truncated, seconds } }) {
    const told = [t("rows_found", String(rows.length), lang === "vi" ? String(seconds).replace(".", ",") : String(seconds))];
    if (truncated) told.push(t("truncated"));
    if (rows.length > SHOWN_MAX) told.push(t("first_shown", String(SHOWN_MAX)));
    const caption = t("query_result");
    result.replaceChildren(
      rawTable(t, caption, { columns, types, rows: rows.slice(0, SHOWN_MAX) }),
      fileLinks(t, caption, (form) => fileOf(`query/${asked}`, {}, null, form)));
    tell(told.join(" "));
  }

  cancel.addEventListener("click", () => id !== null && send("DELETE", `query/${id}`));
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
      h("form", { onsubmit: submit }, field(t("sql"), sql, t("sql_hint")), h("p", { class: "buttons" }, run, cancel), status),
      result,
      h("section", {}, h("h2", {}, t("worked_queries")), h("ol", { class: "worked" }, queries.map((one) =>
        h("li", { value: one.number }, h("details", {}, h("summary", {}, lang === "en" ? one.title_en : one.title_vi),
          one.none_expected && h("p", {}, t("none_expected")), h("pre", { tabindex: "0", "aria-label": lang === "en" ? one.title_en : one.title_vi }, one.sql),
          h("p", {}, h("button", { type: "button", class: "plain", onclick: () => put(one.sql), "aria-label": t("use_query", String(one.number)) }, t("use")))))))),
      h("section", {}, h("h2", {}, t("tables")), tableBrowser(context, tables, put)),
    ],
  };
}

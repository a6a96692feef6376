// A query on its way: its place in the queue, cancelled or done; its rows, and the same as a file.

import { Refused, fileOf, get, send } from "./api.js";
import { h } from "./dom.js";
import { decimal, grouped } from "./figures.js";
import { fileLinks, rawTable } from "./table.js";

const LOOK_MS = 250;
const SHOWN_MAX = 500;

/** Places for how a query stands and what it comes to, and what begins and cancels one.
 *
 * busy(isBusy): told when one is begun and over.
 */
export function queryRun(context, busy = () => {}) {
  const { t, signal, say } = context;
  const status = h("p", { class: "steps" });
  const result = h("section", { "aria-label": t("Result") });
  let id = null;

  function tell(text) {
    if (status.textContent !== text) say(text);
    status.textContent = text;
  }

  function refuse({ message, mend }) {
    tell("");
    result.replaceChildren(h("p", { class: "alert", role: "alert" }, `${message}. ${mend ? `${mend}.` : ""}`));
  }

  async function begin(sql) {
    if (id !== null) return;
    busy(true);
    result.replaceChildren();
    try {
      let found = await send("POST", "query", { sql, wait: false });
      id = found.id;
      while (["queued", "running"].includes(found.state)) {
        tell(found.state === "queued" ? t("Waiting, place {place}", { place: grouped(found.place) }) : t("Running…"));
        await new Promise((again) => setTimeout(again, LOOK_MS));
        if (signal.aborted) return;
        found = await get(`query/${id}`, {}, signal);
      }
      if (found.state === "done") show(found);
      else refuse(new Refused(found.error));
    } catch (refusal) {
      if (!signal.aborted) refuse(refusal);
    } finally {
      id = null;
      busy(false);
    }
  }

  function show({ id: asked, result: { rows, columns, types, truncated, seconds } }) {
    const told = [t("{count} rows, {seconds} seconds.", { count: grouped(rows.length), seconds: decimal(seconds) })];
    if (truncated) told.push(t("The result was cut at the limit of rows."));
    if (rows.length > SHOWN_MAX) told.push(truncated ? t("The first {shown} rows are shown; the file has {count}.", { shown: grouped(SHOWN_MAX), count: grouped(rows.length) }) : t("The first {shown} are shown; the file has all of them.", { shown: grouped(SHOWN_MAX) }));
    const caption = t("Result of the query");
    result.replaceChildren(
      rawTable(context, caption, { columns, types, rows: rows.slice(0, SHOWN_MAX) }),
      fileLinks(t, caption, (form) => fileOf(`query/${asked}`, {}, null, form)));
    tell(told.join(" "));
  }

  const cancel = () => id !== null && send("DELETE", `query/${id}`);
  return { status, result, begin, cancel };
}

// A query on its way: its place in the queue, cancelled or done; its rows, and the same as a file.

import { Refused, fileOf, get, send } from "./api.js";
import { h } from "./dom.js";
import { decimal, grouped } from "./figures.js";
import { resultChart } from "./result_chart.js";
import { fileLinks, isNumber, rawTable } from "./table.js";

const LOOK_MS = 250;
const SHOWN_MAX = 500;
const CHART_WIDTH_MAX = 720;

/** Places for how a query stands and what it comes to, and what begins and cancels one.
 *
 * busy(isBusy): told when one is begun and over; faultAt(place): marks a fault in the query and tells its line and column;
 * before: what stands in the place of a result until there is one.
 */
export function queryRun(context, { busy, faultAt = null, before = null }) {
  const { t, signal, say } = context;
  const status = h("p", { class: "steps" });
  const result = h("section", { class: "result", "aria-label": t("Result") }, before ?? []);
  let id = null;
  let isBusy = false;

  function tell(text) {
    if (status.textContent !== text) say(text);
    status.textContent = text;
  }

  function turn(isNow) {
    isBusy = isNow;
    busy(isNow);
  }

  function refuse({ message, mend, place }) {
    tell("");
    const said = [`${message}.`, mend && `${mend}.`];
    if (place && faultAt) {
      const { line, column } = faultAt(place);
      said.splice(1, 0, t("Line {line}, column {column}.", { line, column }));
    }
    result.replaceChildren(h("p", { class: "alert", role: "alert" }, said.filter(Boolean).join(" ")));
  }

  async function begin(sql) {
    if (isBusy) return;
    turn(true);
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
      turn(false);
    }
  }

  function show({ id: asked, result: { rows, columns, types, truncated, seconds } }) {
    const told = [t.n("{count} row, {seconds} seconds.", "{count} rows, {seconds} seconds.", { count: rows.length, seconds: decimal(seconds) })];
    if (truncated) told.push(t("The result was cut at the limit of rows."));
    if (rows.length > SHOWN_MAX) told.push(truncated ? t("The first {shown} rows are shown; the file has {count}.", { shown: grouped(SHOWN_MAX), count: grouped(rows.length) }) : t("The first {shown} are shown; the file has all of them.", { shown: grouped(SHOWN_MAX) }));
    const caption = t("Result of the query");
    const some = { columns, types, rows: rows.slice(0, SHOWN_MAX) };
    const groups = h("input", { type: "checkbox", name: "groups", checked: true, onchange: draw });
    const grid = h("div", {});
    function draw() {
      grid.replaceChildren(rawTable(context, caption, some, { isGrouped: groups.checked, isGrid: true }));
    }
    draw();
    const chart = resultChart(t, some, isNumber, Math.min(CHART_WIDTH_MAX, result.clientWidth));
    const [asTable, asChart] = [t("Table"), t("Chart")].map((label, place) => h("button", { type: "button", class: "plain", "aria-pressed": String(place === 0), onclick: () => turnTo(place) }, label));
    function turnTo(place) {
      if (place === 0) draw();
      else grid.replaceChildren(chart);
      asTable.setAttribute("aria-pressed", String(place === 0));
      asChart.setAttribute("aria-pressed", String(place === 1));
      groups.disabled = place === 1;
    }
    result.replaceChildren(
      h("div", { class: "grid-head" }, chart && h("div", { class: "switch", role: "group", "aria-label": t("Result") }, asTable, asChart), h("label", { class: "tick" }, groups, t("Group digits")), fileLinks(t, caption, (form) => fileOf(`query/${asked}`, {}, null, form))),
      grid);
    tell(told.join(" "));
  }

  return {
    status, result, begin,
    get isBusy() { return isBusy; },
    cancel: () => id !== null && send("DELETE", `query/${id}`),
  };
}

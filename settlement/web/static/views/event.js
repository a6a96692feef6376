// One event: what was recorded, what relief it had, and how that came about.

import { get, rowsOf } from "../api.js";
import { h, pairs } from "../dom.js";
import { destinationOf, mendOf, reasonOf } from "../event_columns.js";
import { figureOf, grouped, moment } from "../figures.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const CODES = new Set(["event_id", "owner_id", "subscriber_id", "counterparty", "session_key", "sha256", "file", "pack"]);

/** Why it is suspended, what is to be done, and the records of which it is. */
function suspension({ t }, path, suspended) {
  const rows = rowsOf(suspended);
  return h("section", {}, h("h2", {}, t.in("one event", "Suspended")),
    h("ul", {}, [...new Set(rows.map((row) => `${reasonOf(t, row)}. ${mendOf(t, row)}.`))].map((line) => h("li", {}, line))),
    table(t, {
      caption: t("Suspended records of the event"), rows, files: { path, asked: {}, table: "suspended" },
      columns: [
        { key: "file", label: t.code("event", "file"), code: true }, { key: "row", label: t.code("event", "row"), kind: "whole" },
        { label: t("Reason"), wide: true, cell: (row) => reasonOf(t, row) }, { label: t("State"), cell: (row) => t.of("suspense_state", row.state) },
        { label: t.code("column", "stage"), wide: true, cell: (row) => t.of("suspense_stage", row.stage) },
      ],
    }));
}

export async function event(context) {
  const { t, lang, id, about, signal } = context;
  const path = `event/${encodeURIComponent(id)}`;
  const found = await get(path, {}, signal);
  const { event: recorded, generation } = found;
  const explained = h("div", {}, h("p", { class: "busy" }, t("Working out the history of the event…")));
  const tell = (key, value) => {
    if (value == null || value === "") return null;
    if (key === "start_at") return moment(value);
    if (key === "kind") return t.of("kind", value);
    if (key === "carrier") return carrierName(t, about, value);
    if (key === "destination") return destinationOf(context, recorded);
    if (key === "locality") return h("span", { title: value }, about.provinces[value] ? t.called(about.provinces[value], "name") : value);
    if (key === "units") return quantity(t, recorded.kind, value);
    if (key === "duration") return quantity(t, "voice", value);
    if (key === "charged") return figureOf(value);
    if (key === "row") return grouped(value);
    return CODES.has(key) ? h("code", {}, value) : String(value);
  };

  async function explain() {
    try {
      const { text } = await get(`${path}/explain`, {}, signal);
      explained.replaceChildren(h("pre", { class: "explanation", tabindex: "0", "aria-label": t("How it came about") }, text.join("\n")));
    } catch (refusal) {
      if (signal.aborted) return;
      explained.replaceChildren(h("p", { class: "alert", role: "alert" }, refusal.message));
    }
  }

  return {
    title: t("Event {event}…", { event: id.slice(0, 8) }), period: recorded?.start_at.slice(0, "YYYY-MM".length), generation, shown: explain,
    trail: [[t("Overview"), { view: "overview" }], [t.in("one event", "Event")]],
    nodes: [
      h("section", {}, h("h2", {}, t("As recorded")),
        recorded === null ? h("p", {}, t("The event is suspended: it is not rated."))
          : pairs(Object.entries(recorded).map(([key, value]) => [t.code("event", key), tell(key, value)]))),
      h("section", {}, h("h2", {}, t("Relief")), table(t, {
        caption: t("Relief of the event"), rows: rowsOf(found.lines), files: { path, asked: {}, table: "lines" },
        columns: [
          { key: "measure", label: t("Measure"), code: true }, { label: t.in("name", "Title"), cell: (row) => t.called(row), wide: true },
          { label: t("Nature"), cell: (row) => t.of("nature", row.nature) },
          { label: t.code("column", "quantity"), kind: "raw", cell: (row) => quantity(t, recorded?.kind ?? "", row.units) }, { key: "amount", label: t.code("column", "amount"), kind: "amount" },
          { label: t("Document"), cell: (row) => t.called(row, "document_vi", "document"), wide: true },
        ],
      })),
      found.suspended.rows.length > 0 && suspension(context, path, found.suspended),
      h("section", {}, h("h2", {}, t("How it came about")), explained),
    ].filter(Boolean),
  };
}

// Single relief lines of a cell, some at a time: for auditors.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { day, grouped } from "../figures.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const OF_LINE = ["carrier", "measure", "nature"];
const OF_CELL = [...OF_LINE, "day", "home_province"];

export async function events({ t, lang, asked, about, signal }) {
  const found = await get("events", asked, signal);
  const { period, generation } = found;
  const called = (name, code) =>
    name === "nature" ? t.of("nature", code) : name === "carrier" ? carrierName(t, about, code)
      : name === "home_province" && about.provinces[code] ? t.called(about.provinces[code], "name") : code;
  const what = OF_CELL.filter((name) => asked[name] != null).map((name) =>
    name === "day" ? day(asked.day) : called(name, asked[name]));
  const title = t("Events: {cell}", { cell: what.join(", ") });
  const { after, ...line } = asked;
  const labels = { carrier: t("Carrier"), measure: t("Measure"), nature: t("Nature") };
  const more = found.next == null ? null
    : h("p", {}, t("More rows follow."), " ", h("a", { href: addressOf({ lang, view: "events", asked: { ...asked, after: found.next } }) }, t("Next")));
  return {
    title, period, generation,
    trail: [
      [t("Overview"), { view: "overview", asked: { period } }],
      ...(asked.carrier ? [[t("Statement"), { view: "statement", id: asked.carrier, asked: { period } }]] : []),
      [t("Details"), { view: "cells", asked: { ...line, by: "day" } }], [t.in("one event", "Event")],
    ],
    nodes: [
      after != null && h("p", {}, t("Further lines of the list: {count}.", { count: grouped(found.events.rows.length) })),
      table(t, {
        caption: title, rows: rowsOf(found.events), none: t("No relief line is of this choice. Go back to the statement, and choose a line there."), files: { path: "events", asked, table: "events", some: true },
        columns: [
          { label: t.in("one event", "Event"), code: true, cell: (row) => h("a", { href: addressOf({ lang, view: "event", id: row.event_id }) }, row.event_id) },
          { key: "start_at", label: t.code("column", "start_at"), kind: "moment" },
          ...OF_LINE.filter((key) => asked[key] == null).map((key) => ({ label: labels[key], cell: (row) => called(key, row[key]) })),
          { key: "units", label: t.code("column", "units"), kind: "whole" }, { key: "amount", label: t.code("column", "amount"), kind: "amount" },
          { key: "owner_id", label: t.code("column", "owner_id"), code: true },
        ],
      }),
      more,
    ].filter(Boolean),
  };
}

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
  const title = t("events_of", what.join(", "));
  const { after, ...line } = asked;
  const more = found.next == null ? null
    : h("p", {}, t("rows_follow"), " ", h("a", { href: addressOf({ lang, view: "events", asked: { ...asked, after: found.next } }) }, t("more")));
  return {
    title, period, generation,
    trail: [
      [t("nav.overview"), { view: "overview", asked: { period } }],
      ...(asked.carrier ? [[t("statement"), { view: "statement", id: asked.carrier, asked: { period } }]] : []),
      [t("details"), { view: "cells", asked: { ...line, by: "day" } }], [t("event")],
    ],
    nodes: [
      after != null && h("p", {}, t("further", grouped(found.events.rows.length))),
      table(t, {
        caption: title, rows: rowsOf(found.events), files: { path: "events", asked, table: "events", some: true },
        columns: [
          { label: t("event"), code: true, cell: (row) => h("a", { href: addressOf({ lang, view: "event", id: row.event_id }) }, row.event_id) },
          { key: "start_at", label: t("column.start_at"), kind: "moment" },
          ...OF_LINE.filter((key) => asked[key] == null).map((key) => ({ label: t(key), cell: (row) => called(key, row[key]) })),
          { key: "units", label: t("column.units"), kind: "whole" }, { key: "amount", label: t("column.amount"), kind: "whole" },
          { key: "owner_id", label: t("column.owner_id"), code: true },
        ],
      }),
      more,
    ].filter(Boolean),
  };
}

// Relief of one line of a statement by day or home province, and from there down to its events.

import { get, rowsOf } from "../api.js";
import { h } from "../dom.js";
import { day, month, whole } from "../figures.js";
import { addressOf } from "../places.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";

const MERGED = "*";
const OF_LINE = ["carrier", "measure", "nature", "day", "home_province"];

export async function cells({ t, lang, asked, about, who, signal }) {
  const by = asked.by ?? "day";
  const found = await get("cells", { ...asked, by }, signal);
  const { period, generation } = found;
  const rows = rowsOf(found.cells);
  const fixed = Object.fromEntries(OF_LINE.filter((name) => asked[name] != null).map((name) => [name, asked[name]]));
  const name = (code) => (about.provinces[code] ? t.called(about.provinces[code], "name") : code === MERGED ? t("small cells, merged") : code);
  const what = [asked.measure, asked.nature && t.of("nature", asked.nature), asked.day && day(asked.day), asked.home_province != null && name(asked.home_province)];
  const title = `${by === "day" ? t("Relief by day") : t("Relief by home province")}: ${what.filter(Boolean).join(", ")}`;
  const of = (row) => ({ ...fixed, nature: row.nature, ...(by === "day" ? { day: row.day } : { home_province: row.home_province }) });
  const isWhole = (row) => (by === "day" ? row.day != null : row.home_province !== MERGED);
  const label = (row) => (by === "day" ? (row.day == null ? t("small cells, merged") : day(row.day)) : name(row.home_province));
  const other = by === "day" ? "home_province" : "day";

  function ways(row) {
    if (!isWhole(row)) return null;
    const link = (view, more, text) =>
      h("a", { href: addressOf({ lang, view, asked: { period, ...of(row), ...more } }), "aria-label": `${text}: ${label(row)}` }, text);
    return h("span", { class: "ways" },
      asked[other] == null && link("cells", { by: other }, other === "day" ? t("by day") : t("by province")), " ",
      who.may.lines && link("events", {}, t("events")));
  }

  const natures = new Set(rows.map((row) => row.nature)); // of several there is no sum
  const sum = (key) => rows.reduce((all, row) => all + whole(row[key]), 0n);
  const trail = [[t("Overview"), { view: "overview", asked: { period } }]];
  if (asked.carrier) {
    const carrier = about.carriers[asked.carrier];
    trail.push([carrier ? t.called(carrier, "name") : asked.carrier, { view: "carrier", id: asked.carrier, asked: { period } }],
      [t("Statement"), { view: "statement", id: asked.carrier, asked: { period } }]);
  }
  return {
    title, period, generation, trail: [...trail, [t("Details")]],
    nodes: [table(t, {
      caption: `${title} – ${month(period)}`, rows, none: t("No relief line is of this choice. Go back to the statement, and choose a line there."), files: { path: "cells", asked: { ...asked, by }, table: "cells" },
      columns: [
        { label: by === "day" ? t("Day") : t.in("column", "Home province"), cell: (row) => row.label ?? label(row) },
        { label: t("Nature"), cell: (row) => (row.label ? "" : t.of("nature", row.nature)) },
        { key: "events", label: t.code("column", "events"), kind: "whole" },
        { label: t.code("column", "quantity"), kind: "raw", cell: (row) => quantity(t, found.kind, row.units) },
        { key: "amount", label: t.code("column", "amount"), kind: "amount" },
        { label: t("Details"), cell: (row) => (row.label ? "" : ways(row)), onScreen: true },
      ],
      total: rows.length > 1 && natures.size === 1 && asked.measure != null ? { label: t.in("sum of rows", "Total"), events: sum("events"), units: sum("units"), amount: sum("amount") } : null,
    })],
  };
}

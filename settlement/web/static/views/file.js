// One source file: what became of its records, and its events, suspended records or findings.

import { get, rowsOf } from "../api.js";
import { h, pairs } from "../dom.js";
import { amount, destinationOf, eventLink, kindOf, reasonOf, start } from "../event_columns.js";
import { grouped } from "../figures.js";
import { switchBy } from "../filters.js";
import { ROWS, offsetOf, pager } from "../pager.js";
import { quantity } from "../quantities.js";
import { table } from "../table.js";
import { shortName } from "../variance_parts.js";

const COUNTED = ["records", "taken", "duplicates", "suspended", "filtered"];

export async function file(context) {
  const { t, id, asked, signal } = context;
  const path = `file/${encodeURIComponent(id)}`;
  const of = asked.of ?? "events";
  const found = await get(path, { of, offset: offsetOf(asked), limit: ROWS }, signal);
  const { file: about, generation } = found;
  const counts = Object.fromEntries(found.counts.rows);
  const heads = { events: t.code("column", "events"), suspense: t.in("records of a file", "In suspense"), findings: t.in("navigation", "Findings") };
  return {
    title: about.name, generation, trail: [[t("Search"), { view: "search" }], [about.name]],
    nodes: [
      pairs([
        ...COUNTED.map((key) => [t.code("accounting", key), grouped(about[key])]),
        [t.code("event", "sha256"), h("code", {}, about.sha256)], [t("Mapping"), h("code", {}, about.mapping)],
      ]),
      h("p", { class: "hint" }, t("Records = taken + duplicates + suspended + left out by a rule.")),
      switchBy(context, Object.entries(heads).map(([what, head]) => [what, `${head} ${grouped(counts[what])}`]), "of"),
      table(t, {
        caption: t("{what} of the file, in the order of its records", { what: heads[of] }), rows: rowsOf(found[of]),
        columns: columns(context, of), files: { path, asked: { of }, table: of },
      }),
      pager(context, found),
    ],
  };
}

function columns(context, of) {
  const { t, about } = context;
  const common = [
    { key: "row", label: t.code("event", "row"), kind: "whole" },
    { label: t.in("one event", "Event"), cell: (row) => (row.event_id ? eventLink(context, row.event_id) : null) },
    { label: t("Carrier"), cell: (row) => row.carrier && shortName(about, row.carrier) },
  ];
  return {
    events: [
      ...common, { label: t("Kind"), cell: (row) => kindOf(t, row) }, { label: t("Destination, or pack"), cell: (row) => destinationOf(context, row) },
      { label: t.code("event", "units"), cell: (row) => quantity(t, row.kind, row.units), kind: "raw" }, amount(t, "charged"), start(t),
    ],
    suspense: [
      ...common, { label: t("Reason"), wide: true, cell: (row) => reasonOf(t, row) },
      { label: t("State"), cell: (row) => t.of("suspense_state", row.state) }, start(t),
    ],
    findings: [
      ...common, { label: t("What"), wide: true, cell: (row) => t.of("finding", row.finding) },
      { key: "about", label: t("About"), cell: (row) => (about.carriers[row.about] ? shortName(about, row.about) : row.about) }, start(t),
    ],
  }[of];
}

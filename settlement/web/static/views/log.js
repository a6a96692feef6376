// The log of the home: who did what when, the newest first, and whether its chain is unbroken.

import { get, rowsOf } from "../api.js";
import { chainOf } from "../chain.js";
import { choice, field, h } from "../dom.js";
import { grouped, month } from "../figures.js";
import { ROWS } from "../pager.js";
import { addressOf } from "../places.js";
import { table } from "../table.js";
import { momentOf } from "./signatures.js";

export async function log(context) {
  const { t, lang, asked, to, signal } = context;
  const found = await get("log", { kind: asked.kind, before: asked.before, limit: ROWS }, signal);
  const rows = rowsOf(found.log);
  const kinds = rowsOf(found.kinds);
  const link = (before, text) => h("a", { href: addressOf({ lang, view: "log", asked: { ...asked, before } }) }, text);
  const choices = [["", t("Any")], ...kinds.map(({ what, things }) => [what, `${t.of("act", what)} (${grouped(things)})`])];
  return {
    title: t("Log of the home"), generation: found.generation,
    trail: [[t("Signatures and log"), { view: "signatures", asked: { period: asked.period } }], [t("Log of the home")]],
    nodes: [
      h("p", { class: "lead" }, t.n("{count} line was written, one an act.", "{count} lines were written, one an act.", { count: found.chain.size })),
      chainOf(t, found.chain),
      h("form", { class: "filters", "aria-label": t("Filter"), onsubmit: (event) => event.preventDefault() },
        field(t("Act"), choice(choices, asked.kind ?? "", { name: "kind", onchange: (event) => to("log", "", { ...asked, before: null, kind: event.target.value }) }))),
      table(t, {
        caption: t("Lines of the log, the newest first"), rows, files: { path: "log", asked: { kind: asked.kind }, table: "log" },
        columns: [
          { label: t("Line"), kind: "raw", cell: (row) => grouped(row.entry) }, { label: t("Written ({zone_name} time)"), cell: (row) => row.logged_at && momentOf(row.logged_at) },
          { label: t("Act"), wide: true, cell: (row) => h("span", { title: row.what }, t.of("act", row.what)) },
          { label: t("Month"), cell: (row) => row.period && h("a", { href: addressOf({ lang, view: "overview", asked: { period: row.period } }) }, month(row.period)) },
          { key: "who", label: t.in("of an act", "Who"), code: true }, { key: "key", label: t("Signing key"), code: true }, { key: "why", label: t("Why"), wide: true },
        ],
      }),
      h("p", { class: "buttons" }, asked.before && link(null, t("Newest lines")), found.before && link(found.before, t("Older lines"))),
    ],
  };
}

// Where people live whom relief went to: one nature at a time, the largest provinces first.

import { rowsOf } from "./api.js";
import { h } from "./dom.js";
import { about as roughly, figureOf, grouped, whole } from "./figures.js";
import { OF_MONEY, barred, natureName } from "./natures.js";
import { addressOf } from "./places.js";
import { table } from "./table.js";
import { tileMap } from "./tile_map.js";

const SHOWN = 12;
const MERGED = "*";

export function provinces({ t, lang, view, id, asked, about }, found, files) {
  const { period, tiles } = found;
  const cells = rowsOf(found.provinces);
  const natures = OF_MONEY.filter((nature) => cells.some((row) => row.nature === nature));
  if (!natures.length) return h("p", {}, t("No relief of money was given this month."));
  const chosen = natures.includes(asked.nature) ? asked.nature : natures[0];
  const size = (row) => whole(row.amount);
  const rows = cells.filter((row) => row.nature === chosen).sort((one, other) => (size(other) > size(one) ? 1 : -1));
  const all = rows.reduce((sum, row) => sum + size(row), 0n);
  const rest = rows.slice(SHOWN).reduce((sum, row) => sum + size(row), 0n);
  const named = (code) => (about.provinces[code] ? t.called(about.provinces[code], "name") : code === MERGED ? t("small cells, merged") : code || t("no province"));
  const most = rows.length ? size(rows[0]) : 0n;
  const shown = rows.slice(0, SHOWN).map((row) => ({ name: named(row.home_province), amount: row.amount }));
  if (rows.length > SHOWN) shown.push({ name: t.n("{count} other", "{count} others", { count: rows.length - SHOWN }), amount: rest, isRest: true });
  const link = (nature) => h("a", { href: addressOf({ lang, view, id, asked: { ...asked, period, nature } }), "aria-current": nature === chosen ? "true" : null }, natureName(t, nature));
  return [
    natures.length > 1 && h("p", { class: "switch", role: "group", "aria-label": t("Nature") }, natures.map(link)),
    h("div", { class: "beside" }, h("div", {}, table(t, {
      caption: t("{nature} by home province of the subscriber ({currency_name})", { nature: t.of("nature", chosen) }), rows: shown, isNarrow: true, files,
      columns: [
        { key: "name", label: t.in("column", "Home province"), wide: true },
        { label: natureName(t, chosen), kind: "raw", cell: (row) => (row.isRest || row.isTotal ? figureOf(row.amount) : barred(chosen, row.amount, most)) },
        { label: t("Share"), kind: "raw", cell: (row) => roughly(row.amount, all) },
      ],
      total: { name: t("The whole country"), amount: all, isTotal: true },
    })), tileMap(t, { tiles, nature: chosen, amounts: new Map(rows.map((row) => [row.home_province, size(row)])) })),
    rows.length > SHOWN && h("p", {}, h("a", { href: addressOf({ lang, view: "cells", asked: { period, carrier: found.carrier?.carrier, nature: chosen, by: "home_province" } }) }, t("See all {count} provinces", { count: grouped(rows.length) }))),
  ].filter(Boolean);
}

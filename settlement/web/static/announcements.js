// What was announced beside the tariffs of a programme, and kept of it. It is added to nothing.

import { rowsOf } from "./api.js";
import { h } from "./dom.js";
import { table } from "./table.js";

/** A section for a view whose answer has such a table; nothing where it has none. */
export function announced(t, found, files) {
  if (!found.announcements) return [];
  return [h("section", {}, h("h2", {}, t("Announced beside the tariffs")), h("p", {}, t("No settled figures, and added to none: what sources say, and how firmly.")), table(t, {
    caption: t("Announced beside the tariffs"), rows: rowsOf(found.announcements), files,
    columns: [
      { label: t("Announced as"), cell: (row) => t.of("announced_as", row.announced_as) },
      { key: "day", label: t("Day"), kind: "day" }, { key: "until_day", label: t("Until the end of"), kind: "day" },
      { label: t("By whom"), cell: (row) => t.called(row, "by_whom"), wide: true },
      { label: t("What"), cell: (row) => t.called(row, "content"), wide: true },
      { key: "quantity", label: t("How many"), kind: "whole" },
      { key: "amount", label: t("Amount ({currency_name})"), kind: "amount" },
      { key: "source", label: t("Source"), wide: true },
      { label: t("How firm"), cell: (row) => t.of("mark", row.mark) },
    ],
  }))];
}

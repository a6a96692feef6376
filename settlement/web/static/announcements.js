// What was announced beside the tariffs of a programme, and kept of it. It is added to nothing.

import { rowsOf } from "./api.js";
import { h } from "./dom.js";
import { table } from "./table.js";

/** A section for a view whose answer has such a table; nothing where it has none. */
export function announced(t, found, files) {
  if (!found.announcements) return [];
  return [h("section", {}, h("h2", {}, t("announcements")), h("p", {}, t("announcements_say")), table(t, {
    caption: t("announcements"), rows: rowsOf(found.announcements), files,
    columns: [
      { label: t("announced_as"), cell: (row) => t.of("announced_as", row.announced_as) },
      { key: "day", label: t("day"), kind: "day" }, { key: "until_day", label: t("until_day"), kind: "day" },
      { label: t("by_whom"), cell: (row) => t.called(row, "by_whom"), wide: true },
      { label: t("content"), cell: (row) => t.called(row, "content"), wide: true },
      { key: "quantity", label: t("quantity"), kind: "whole" },
      { key: "amount", label: t("amount_dong"), kind: "whole" },
      { key: "source", label: t("source"), wide: true },
      { label: t("mark"), cell: (row) => t.of("mark", row.mark) },
    ],
  }))];
}

// One event: what was recorded, what relief it had, and how that came about.

import { get, rowsOf } from "../api.js";
import { h, pairs } from "../dom.js";
import { grouped, moment } from "../figures.js";
import { rawTable, table } from "../table.js";
import { carrierName } from "../variance_parts.js";

const WHOLE = new Set(["duration", "charged", "row"]);
const CODES = new Set(["event_id", "owner_id", "subscriber_id", "counterparty", "session_key", "sha256", "file", "locality", "destination", "pack"]);

/** Why it is suspended, and what is to be done: a line a reason. */
const reasons = (t, suspended) => h("ul", {}, [...new Set(rowsOf(suspended).map((row) => row.reason))]
  .map((code) => h("li", {}, h("code", {}, code), ` ${t.of("reason", code)}. ${t.of("mend", code)}.`)));

export async function event(context) {
  const { t, lang, id, about, signal } = context;
  const path = `event/${encodeURIComponent(id)}`;
  const found = await get(path, {}, signal);
  const { event: recorded, generation } = found;
  const explained = h("div", {}, h("p", { class: "busy" }, t("explaining")));
  const tell = (key, value) => {
    if (value == null || value === "") return null;
    if (key === "start_at") return moment(value);
    if (key === "kind") return t.of("kind", value);
    if (key === "carrier") return carrierName(t, about, value);
    if (key === "units") return `${grouped(value)} ${t.of("unit_of", recorded.kind)}`;
    if (WHOLE.has(key)) return grouped(value);
    return CODES.has(key) ? h("code", {}, value) : String(value);
  };

  async function explain() {
    try {
      const { text } = await get(`${path}/explain`, {}, signal);
      explained.replaceChildren(h("pre", { class: "explanation", tabindex: "0", "aria-label": t("explanation") }, text.join("\n")));
    } catch (refusal) {
      if (signal.aborted) return;
      explained.replaceChildren(h("p", { class: "alert", role: "alert" }, refusal.message));
    }
  }

  const others = ["copies", "suspended"].filter((name) => found[name]?.rows.length > 0);
  return {
    title: t("event_title", id.slice(0, 8)), period: recorded?.start_at.slice(0, "YYYY-MM".length), generation, shown: explain,
    trail: [[t("nav.overview"), { view: "overview" }], [t("event")]],
    nodes: [
      h("section", {}, h("h2", {}, t("recorded")),
        recorded === null ? h("p", {}, t("only_suspended"))
          : pairs(Object.entries(recorded).map(([key, value]) => [t(`event.${key}`), tell(key, value)]))),
      h("section", {}, h("h2", {}, t("relief")), table(t, {
        caption: t("relief_of_event"), rows: rowsOf(found.lines), files: { path, asked: {}, table: "lines" },
        columns: [
          { key: "measure", label: t("measure"), code: true }, { label: t("title"), cell: (row) => t.called(row), wide: true },
          { label: t("nature"), cell: (row) => t.of("nature", row.nature) },
          { key: "units", label: t("column.units"), kind: "whole" }, { key: "amount", label: t("column.amount"), kind: "whole" },
          { label: t("document"), cell: (row) => (lang === "en" ? row.document : row.document_vi), wide: true },
        ],
      })),
      ...others.map((name) => h("section", {}, h("h2", {}, t(name)), name === "suspended" && reasons(t, found[name]), rawTable(context, t(name), found[name]))),
      h("section", {}, h("h2", {}, t("explanation")), explained),
    ],
  };
}

// Columns of lists of events: where one stands in its source's files, which it is, and what.

import { h } from "./dom.js";
import { addressOf } from "./places.js";
import { shortName } from "./variance_parts.js";

const ID_SHOWN = 8; // of an event; files have it whole

const UNREADABLE = "malformed";

/** A destination in words, of a pack its name. */
export function destinationOf({ t, about }, row) {
  const [network, of] = (row.destination ?? "").split(":");
  return of && t.knows("network", network) ? t.code("network", network, { of: shortName(about, of) }) : row.destination && t.of("destination", row.destination);
}

/** Why an event, or a record that could not be read, is suspended; of a record the field, if one. */
export function reasonOf(t, row) {
  if (row.reason !== UNREADABLE || !row.sub_reason) return t.of("reason", row.reason);
  const [sort, field] = row.sub_reason.split(":");
  return field ? `${t.of("unreadable", sort)} (${field})` : t.of("unreadable", sort);
}

/** What is to be done about it. */
export const mendOf = (t, row) => (row.reason === UNREADABLE ? t.of("unreadable_mend", (row.sub_reason ?? "").split(":")[0]) : t.of("mend", row.reason));

export const kindOf = (t, row) => row.kind && t.of("kind", row.kind);

export const amount = (t, key) => ({ key, label: t.code("column", key), kind: "amount" });

export const start = (t) => ({ key: "start_at", label: t.code("column", "start_at"), kind: "moment" });

export const eventLink = ({ lang }, id) =>
  h("a", { href: addressOf({ lang, view: "event", id }) }, h("code", {}, `${id.slice(0, ID_SHOWN)}…`));

export const addressColumns = (context) => {
  const { t, asked, about } = context;
  return [
    { key: "file", label: t.code("event", "file"), code: true }, { key: "row", label: t.code("event", "row"), kind: "whole" },
    { label: t.in("one event", "Event"), cell: (row) => eventLink(context, row.event_id) },
    asked.carrier == null && { label: t("Carrier"), cell: (row) => shortName(about, row.carrier) },
    { key: "plan", label: t("Plan"), code: true }, { label: t("Kind"), cell: (row) => kindOf(t, row) },
    { label: t("Destination, or pack"), cell: (row) => destinationOf(context, row) },
  ].filter(Boolean);
};

// Columns of lists of events: where one stands in its source's files, which it is, and what.

import { h } from "./dom.js";
import { addressOf } from "./places.js";
import { shortName } from "./variance_parts.js";

const ID_SHOWN = 8; // of an event; files have it whole

/** A destination in words, of a pack its name. */
export const destinationOf = (t, row) => row.destination && t.of("destination", row.destination);

export const kindOf = (t, row) => row.kind && t.of("kind", row.kind);

export const amount = (t, key) => ({ key, label: t.code("column", key), kind: "whole" });

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
    { label: t("Destination, or pack"), cell: (row) => destinationOf(t, row) },
  ].filter(Boolean);
};

// Variances moved on by an auditor: the form, and waiting until the server serves what it published.

import { get, send } from "./api.js";
import { choice, field, h } from "./dom.js";
import { grouped } from "./figures.js";
import { rules } from "./words.js";

// Which may be made in which state is Python's to say (settlement/records/variance_states.py).
export const { moves: MOVES } = rules;
const LOOK_MS = 500;
const LOOKS_MAX = 120;

/** Until the server serves what a move published. */
async function served(before) {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await get("names")).generation !== before) return;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

/** May a deadline be given? Only who is asked has one. */
const hasDeadline = (move) => MOVES[move].state === "asked";

/** The moves that may be made of a variance in one of some states. */
export function movesFrom(states) {
  return Object.keys(MOVES).filter((move) => MOVES[move].follows.some((state) => states.includes(state)));
}

/** The form. names: moves that may be chosen; idsOf(): which are moved on, none: nothing is chosen. */
export function moves({ t, say, to, view, id, asked, signal }, generation, names, idsOf) {
  const move = choice(names.map((name) => [name, t.of("move", name)]), names[0], { name: "move", onchange: needs });
  const deadline = h("input", { type: "date", name: "deadline" });
  const why = h("input", { name: "why", maxlength: rules.why_characters_max });
  needs();
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const busy = h("p", { class: "steps", hidden: true }, t("Moving, and publishing again…"));
  const button = h("button", { type: "submit" }, t("Move"));

  function needs() {
    why.required = MOVES[move.value].needs_why;
    deadline.required = MOVES[move.value].needs_deadline;
    deadline.disabled = !hasDeadline(move.value);
  }

  function refuse(text) {
    alert.textContent = text;
    alert.hidden = false;
  }

  async function submit(event) {
    event.preventDefault();
    alert.hidden = true;
    const ids = idsOf();
    if (ids.length === 0) return refuse(t("Choose at least one variance in the table"));
    button.disabled = true;
    busy.hidden = false;
    say(t("Moving, and publishing again…"));
    try {
      const content = { ids, move: move.value };
      if (why.value.trim()) content.why = why.value;
      if (hasDeadline(move.value) && deadline.value) content.deadline = deadline.value;
      const found = await send("POST", "variances/state", content);
      if (found.variances.length > 0) await served(generation);
      if (!signal.aborted) to(view, id, asked, { replace: true }); // else somebody has gone on
      say(t("{count} moved: {state}.", { count: grouped(found.variances.length), state: t.of("state", found.state) }));
    } catch (refusal) {
      refuse(`${refusal.message}. ${refusal.mend ?? ""}`);
    } finally {
      button.disabled = false;
      busy.hidden = true;
    }
  }

  return h("section", {}, h("h2", {}, t("Move on")),
    h("form", { class: "filters", onsubmit: submit }, alert, field(t("What is done"), move),
      field(t("Deadline"), deadline, t("To ask or to extend; empty when asking: as the tolerance says.")), field(t("Reason"), why, t("Required, except to ask. It goes into the log with the name of who does it.")), h("p", {}, button), busy));
}

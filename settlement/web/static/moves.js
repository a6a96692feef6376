// Variances moved on by an auditor: the form, and waiting until the server serves what it published.

import { get, send } from "./api.js";
import { choice, field, h } from "./dom.js";
import { grouped } from "./figures.js";

export const STATES = ["open", "asked", "accepted", "rejected", "adjusted"];
// What may be done: the states in which, the state to which, and whether somebody answers for it with a reason
// (settlement/records/variance_states.py; the server refuses anything else).
export const MOVES = {
  ask: { state: "asked", follows: ["open"], needsWhy: false },
  accept: { state: "accepted", follows: ["asked"], needsWhy: true },
  reject: { state: "rejected", follows: ["asked"], needsWhy: true },
  adjust: { state: "adjusted", follows: ["asked"], needsWhy: true },
  reopen: { state: "open", follows: ["accepted", "rejected", "adjusted"], needsWhy: true },
  extend: { state: "asked", follows: ["asked"], needsWhy: true },
};
const WITH_DEADLINE = ["ask", "extend"];
const LOOK_MS = 500;
const LOOKS_MAX = 120;

/** Until the server serves what a move published. */
async function served(before) {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await get("names")).generation !== before) return;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

/** The moves that may be made of a variance in one of some states. */
export function movesFrom(states) {
  return Object.keys(MOVES).filter((move) => MOVES[move].follows.some((state) => states.includes(state)));
}

/** The form. names: moves that may be chosen; idsOf(): which are moved on, none: nothing is chosen. */
export function moves({ t, say, to, view, id, asked, signal }, generation, names, idsOf) {
  const move = choice(names.map((name) => [name, t.of("move", name)]), names[0], { name: "move", onchange: needs });
  const deadline = h("input", { type: "date", name: "deadline" });
  const why = h("input", { name: "why", maxlength: 1000 });
  needs();
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const busy = h("p", { class: "steps", hidden: true }, t("moving"));
  const button = h("button", { type: "submit" }, t("move"));

  function needs() {
    why.required = MOVES[move.value].needsWhy;
    deadline.required = move.value === "extend";
    deadline.disabled = !WITH_DEADLINE.includes(move.value);
  }

  function refuse(text) {
    alert.textContent = text;
    alert.hidden = false;
  }

  async function submit(event) {
    event.preventDefault();
    alert.hidden = true;
    const ids = idsOf();
    if (ids.length === 0) return refuse(t("choose_first"));
    button.disabled = true;
    busy.hidden = false;
    say(t("moving"));
    try {
      const content = { ids, move: move.value };
      if (why.value.trim()) content.why = why.value;
      if (WITH_DEADLINE.includes(move.value) && deadline.value) content.deadline = deadline.value;
      const found = await send("POST", "variances/state", content);
      if (found.variances.length > 0) await served(generation);
      if (!signal.aborted) to(view, id, asked, { replace: true }); // else somebody has gone on
      say(t("moved", grouped(found.variances.length), t.of("state", found.state)));
    } catch (refusal) {
      refuse(`${refusal.message}. ${refusal.mend ?? ""}`);
    } finally {
      button.disabled = false;
      busy.hidden = true;
    }
  }

  return h("section", {}, h("h2", {}, t("move_on")),
    h("form", { class: "filters", onsubmit: submit }, alert, field(t("what_is_done"), move),
      field(t("deadline"), deadline, t("deadline_hint")), field(t("why"), why, t("why_hint")), h("p", {}, button), busy));
}

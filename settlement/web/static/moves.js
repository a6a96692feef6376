// Variances moved on by an auditor: the form, and waiting until the server serves what it published.

import { get, send } from "./api.js";
import { choice, field, h } from "./dom.js";
import { grouped } from "./figures.js";

export const STATES = ["open", "asked", "accepted", "rejected", "adjusted"];
// What may follow a state; the server refuses anything else.
export const FOLLOWS = { open: ["asked", "accepted"], asked: ["accepted", "rejected"], accepted: ["adjusted"], rejected: ["asked", "adjusted"], adjusted: [] };
const LOOK_MS = 500;
const LOOKS_MAX = 120;

/** Until the server serves what a move published. */
async function served(before) {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await get("names")).generation !== before) return;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

/** The form. states: that may be chosen; idsOf(): which are moved on, none: nothing is chosen. */
export function moves({ t, say, to, view, id, asked, signal }, generation, states, idsOf) {
  const state = choice(states.map((code) => [code, t.of("state", code)]), states[0], { name: "state-to" });
  const deadline = h("input", { type: "date", name: "deadline" });
  const why = h("input", { name: "why", maxlength: 1000 });
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const busy = h("p", { class: "steps", hidden: true }, t("moving"));
  const button = h("button", { type: "submit" }, t("move"));

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
      const content = { ids, state: state.value, why: why.value };
      if (state.value === "asked" && deadline.value) content.deadline = deadline.value;
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
    h("form", { class: "filters", onsubmit: submit }, alert, field(t("new_state"), state),
      field(t("deadline"), deadline, t("deadline_hint")), field(t("why"), why), h("p", {}, button), busy));
}

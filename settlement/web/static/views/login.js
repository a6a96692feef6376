// Who is there.

import { logIn } from "../api.js";
import { field, h } from "../dom.js";

/** A form to log in by; the address stays what was asked for. */
export function login({ t }, loggedIn) {
  const user = h("input", { name: "user", autocomplete: "username", required: true, maxlength: 64, autocapitalize: "none", spellcheck: "false" });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 1024 });
  const refused = h("p", { class: "alert", role: "alert", hidden: true });
  const button = h("button", { type: "submit" }, t("Log in"));

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    refused.hidden = true;
    try {
      await loggedIn(await logIn(user.value, password.value));
    } catch (refusal) {
      refused.textContent = `${refusal.message}. ${refusal.mend ?? ""}`;
      refused.hidden = false;
      password.value = "";
      password.focus();
    } finally {
      button.disabled = false;
    }
  }

  const form = h("form", { class: "login", onsubmit: submit },
    refused, field(t("Name"), user), field(t("Password"), password), h("p", {}, button));
  return { title: t("Log in"), nodes: [h("p", {}, t("For those who were given access alone. Each look is told to a log.")), form], shown: () => user.focus() };
}

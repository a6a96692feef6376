// One's own SQL: tables beside an editor over its result; worked, saved and earlier queries to begin from.

import { get } from "../api.js";
import { field, freshId, h } from "../dom.js";
import { grouped } from "../figures.js";
import { keptQueries } from "../kept_queries.js";
import { queryRun } from "../query_run.js";
import { firstRows, schemaTree } from "../schema_tree.js";

const KEPT = "doisoat.sql";
const FIRST = "SELECT carrier, nature, sum(amount) AS amount\nFROM rated.relief_total\nGROUP BY ALL\nORDER BY ALL";
const WIDE = "(min-width: 60rem)";

export async function consoleView(context) {
  const { t, asked, signal, who, say } = context;
  const [{ editor }, { queries }, { tables, functions, generation }] = await Promise.all([import("../editor.js"), get("queries", {}, signal), get("tables", {}, signal)]);
  const kept = keptQueries(who.user.name);
  const run = h("button", { type: "button", onclick: begin }, t.in("button", "Run"), h("kbd", {}, "Ctrl+Enter"));
  const cancel = h("button", { type: "button", class: "plain", disabled: true, onclick: () => query.cancel() }, t("Cancel"), h("kbd", {}, "Esc"));
  const query = queryRun(context, {
    busy: (isBusy) => ([run.disabled, cancel.disabled] = [isBusy, !isBusy]),
    faultAt: (place) => edit.markFault(place),
    before: h("p", { class: "hint" }, t("Rows appear here. One SELECT at a time; the file is only read.")),
  });
  const text = (await askedFor(asked, { queries, tables, kept }, signal)) ?? sessionStorage.getItem(KEPT) ?? FIRST;
  const edit = editor({
    t, label: t("Query"), text, tables, functions,
    keys: {
      "Mod-Enter": begin, "Mod-s": () => saved.open(), "Ctrl-ArrowUp": () => older(1), "Ctrl-ArrowDown": () => older(-1),
      Escape: () => query.isBusy && Boolean(query.cancel()),
    },
  });
  let place = -1; // of what stands in the editor among the queries that ran; -1: none of them
  let unsent = text;

  function begin() {
    sessionStorage.setItem(KEPT, edit.text);
    if (query.isBusy) return true;
    kept.addRun(edit.text);
    place = -1;
    query.begin(edit.text);
    return true;
  }

  function older(steps) {
    const next = Math.max(-1, Math.min(kept.ran.length - 1, place + steps));
    if (next === place) return true;
    if (place === -1) unsent = edit.text;
    place = next;
    edit.put(place === -1 ? unsent : kept.ran[place]);
    say(place === -1 ? t("Your text") : t("Earlier query {place} of {count}", { place: grouped(place + 1), count: grouped(kept.ran.length) }));
    return true;
  }

  const put = (sql) => {
    edit.put(sql);
    edit.focus();
  };
  const where = h("p", { class: "hint" }, t("Kept in this browser alone, for {user}; no server has them. Whoever uses this browser can read them.", { user: who.user.name }));
  const worked = sheet(`${t("Worked queries")} ${grouped(queries.length)}`, () => [h("ol", { class: "worked" }, queries.map((one) =>
    h("li", { value: one.number }, pick(t.called(one, "title_vi", "title_en"), one.sql), one.none_expected && h("small", {}, t("None may come back: each row is a fault.")))))]);
  const earlier = sheet(t.in("queries", "History"), () => [
    kept.ran.length ? h("ol", {}, kept.ran.map((sql) => h("li", {}, pick(sql.trim().replace(/\s+/g, " ").slice(0, 120), sql)))) : h("p", {}, t("No query ran yet. Ctrl+↑ in the editor brings the one before.")),
    where.cloneNode(true), kept.ran.length > 0 && h("button", { type: "button", class: "plain", onclick: () => earlier.change(kept.forgetRuns) }, t("Forget them"))]);
  const saved = sheet(t("Saved"), () => {
    const name = h("input", { name: "saved", required: true, maxlength: "80", autofocus: true });
    const keep = (event) => {
      event.preventDefault();
      const isKept = kept.save(name.value.trim(), edit.text);
      saved.change(() => say(isKept ? t("Saved as {name}", { name: name.value.trim() }) : t("There is no room for it; delete one.")));
    };
    return [
      h("form", { onsubmit: keep }, field(t("Save the query as"), name), h("button", { type: "submit" }, t("Save"))),
      h("ul", {}, kept.saved.map((one) => h("li", {}, pick(one.name, one.sql), " ", h("button", { type: "button", class: "link", "aria-label": t("Delete {name}", { name: one.name }), onclick: () => saved.change(() => kept.drop(one.name)) }, t("Delete"))))),
      where.cloneNode(true)];
  });

  function pick(label, sql) {
    return h("button", { type: "button", class: "link", onclick: (event) => {
      event.target.closest("[popover]").hidePopover();
      put(sql);
    } }, label);
  }

  signal.addEventListener("abort", edit.leave);
  return {
    title: t("SQL"), generation,
    nodes: [h("div", { class: "console" },
      h("details", { class: "beside-query", open: matchMedia(WIDE).matches }, h("summary", {}, t("Tables"), ` ${grouped(tables.length)}`), schemaTree(context, tables, {
        begin: put, insert: (name) => {
          edit.insert(name);
          edit.focus();
        },
      })),
      h("div", { class: "query" }, edit.host,
        h("p", { class: "buttons" }, run, cancel, saved.button, earlier.button, worked.button),
        query.status, query.result, saved.box, earlier.box, worked.box))],
  };
}

/** A list that lies over the page while one chooses from it. fill: what it holds, made each time it opens. */
function sheet(title, fill) {
  const box = h("div", { id: freshId("sheet"), class: "sheet", popover: "auto", role: "dialog", "aria-label": title });
  const draw = () => box.replaceChildren(h("h2", {}, title), ...fill().filter(Boolean));
  box.addEventListener("beforetoggle", (event) => event.newState === "open" && draw());
  const open = () => {
    box.showPopover();
    return true;
  };
  return {
    box, open, button: h("button", { type: "button", class: "plain", popovertarget: box.id }, title),
    change(act) {
      act();
      draw();
    },
  };
}

/** The query that an address asks for: a worked or saved one, that of a variance or of a table of a view, the first rows of a table. */
async function askedFor(asked, { queries, tables, kept }, signal) {
  if (asked.variance) return (await get(`variance/${encodeURIComponent(asked.variance)}`, {}, signal)).query;
  if (asked.of) return sqlOfView(asked, signal);
  if (asked.saved) return kept.savedAs(asked.saved);
  if (tables.some(({ schema, table }) => `${schema}.${table}` === asked.table)) return firstRows(asked.table);
  return queries.find((one) => String(one.number) === asked.query)?.sql;
}

/** The query of a table of a view, which the server tells and does not run. */
async function sqlOfView({ of, table }, signal) {
  const [path, question = ""] = of.split("?");
  return (await get(path, { ...Object.fromEntries(new URLSearchParams(question)), as: "sql", table }, signal)).sql;
}

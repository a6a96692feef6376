// Elements, made without markup: no text of an answer is ever read as HTML.

/** An element. attributes: on* are listeners; null and false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A drawing, or a part of one. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

let lastId = 0;

/** An id that nothing else on the page has. */
export function freshId(word) {
  lastId += 1;
  return `${word}-${lastId}`;
}

/** A labelled control. */
export function field(label, control, hint) {
  const id = control.id || freshId("field");
  control.id = id;
  if (!hint) return h("div", { class: "field" }, h("label", { for: id }, label), control);
  const told = h("p", { class: "hint", id: `${id}-hint` }, hint);
  control.setAttribute("aria-describedby", told.id);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, told);
}

/** A list to choose from. choices: [value, text] each. */
export function choice(choices, chosen, attributes = {}) {
  const options = choices.map(([value, text]) =>
    h("option", { value, selected: value === chosen }, text),
  );
  return h("select", attributes, options);
}

/** Names and values in two columns. pairs: [name, value] each; those without a value are left out. */
export function pairs(given) {
  const told = given.filter(([, value]) => value != null && value !== "");
  return h("dl", { class: "pairs" }, told.map(([name, value]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, value)),
  ));
}

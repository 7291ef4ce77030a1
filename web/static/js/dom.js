// Elements without innerHTML: whatever comes from data is a text node.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...there(children));
  return element;
}

const there = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

export const h = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

export function show(container, ...children) {
  container.replaceChildren(...there(children));
}

let ids = 0;
export const fresh = (name) => `${name}-${(ids += 1)}`;

let quiet;

// Tell people, those who hear the page too.
export function say(text) {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { status.textContent = ""; }, 5000);
}

export function labelled(label, input, { hint = null, ...attributes } = {}) {
  input.id ||= fresh("field");
  const words = hint && h("p", { id: `${input.id}-hint`, class: "hint" }, hint);
  if (words) input.setAttribute("aria-describedby", words.id);
  return h("div", { class: "field", ...attributes }, h("label", { for: input.id }, label), input, words);
}

export const checkbox = (label, input) => h("label", { class: "check" }, input, " ", label);

export const empty = (...words) => h("p", { class: "empty" }, words);

// A button that asks before it acts.
export function confirming(label, question, sure, act) {
  const place = h("div", { class: "confirm" });
  const first = h("button", { type: "button" }, label);
  const back = () => { show(place, first); first.focus(); };
  first.addEventListener("click", () => {
    const yes = h("button", { type: "button", class: "main", onclick: () => act(place) }, sure);
    show(place, h("p", { id: fresh("question") }, question), h("div", { class: "bar" }, yes, h("button", { type: "button", onclick: back }, "Cancel")));
    yes.focus();
  });
  show(place, first);
  return place;
}

// Elements without innerHTML: whatever comes from data is a text node.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

export const h = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

export function show(container, ...children) {
  container.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

let quiet;

// Tell people, those who hear the page too.
export function say(text) {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { status.textContent = ""; }, 6000);
}

let ids = 0;

export function labelled(label, input, attributes = {}) {
  input.id ||= `field-${(ids += 1)}`;
  return h("div", attributes, h("label", { for: input.id }, label), input);
}

export function table(caption, heads, rows) {
  const kind = (value) => (typeof value === "number" ? "number" : null);
  const cell = (value) => h("td", { class: kind(value) }, typeof value === "number" ? number(value) : value);
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, heads.map((head, at) => h("th", { scope: "col", class: kind(rows[0]?.[at]) }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))));
}

export function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(digits);
}

export const time = (text) => (text ? new Date(text).toLocaleString("en-GB") : "–");

export function seconds(from, to) {
  if (!from) return "";
  const passed = (new Date(to ?? Date.now()) - new Date(from)) / 1000;
  return passed < 90 ? `${passed.toFixed(1)} s` : `${Math.floor(passed / 60)} min ${Math.round(passed % 60)} s`;
}

const KINDS = { SUCCEEDED: "good", RUNNING: "busy", FAILED: "bad", TIMED_OUT: "bad", ABORTED: "bad" };
export const tag = (status) => h("span", { class: `tag ${KINDS[status] ?? ""}` }, status.toLowerCase().replace("_", " "));

export const json = (value) => h("pre", { tabindex: 0 }, typeof value === "string" ? pretty(value) : JSON.stringify(value, null, 2));

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// What went wrong, and what to do.
export function failure(error) {
  const todo = error.status === 503
    ? h("p", {}, h("a", { href: "#/executions/start" }, "Start an execution"), " to publish a first version.")
    : null;
  return h("div", { class: "notice bad", role: "alert" }, h("p", {}, error.message), todo);
}

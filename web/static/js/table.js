// Tables that scroll in themselves.

import { h } from "./dom.js";
import { number } from "./words.js";

// Something wide: scrolls in itself, by keyboard too.
export const scroll = (label, ...children) => h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, children);

// Heads and cells are words or elements; numbers are written alike and stand to the right.
export function table(caption, heads, rows, { hidden = false } = {}) {
  const kind = (value) => (typeof value === "number" ? "number" : null);
  const cell = (value, at) => (at ? h("td", { class: kind(value) }, typeof value === "number" ? number(value) : value) : h("th", { scope: "row" }, value));
  return scroll(caption, h("table", {},
    h("caption", { class: hidden ? "hidden" : null }, caption),
    h("thead", {}, h("tr", {}, heads.map((head, at) => h("th", { scope: "col", class: kind(rows[0]?.[at]) }, head)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))));
}

// The states as a list, each with its time beside the others': the graph for those who cannot see it.

import { h, show } from "./dom.js";
import { scroll } from "./table.js";
import { tag } from "./words.js";

export function stateTable(place, visits, selected, choose) {
  if (!place.firstChild) show(place, frame());
  const body = place.querySelector("tbody");
  const [start, end] = [Date.parse(visits[0]?.from), Math.max(...visits.map((visit) => Date.parse(visit.to ?? new Date())))];
  const span = Math.max(1, end - start);
  visits.forEach((visit, at) => {
    if (!body.rows[at]) body.append(row(visit, choose));
    fill(body.rows[at], visit, visit.name === selected, start, span);
  });
}

const HEADS = ["state", "status", "took", "when"];

const frame = () => scroll("States in the order they were entered", h("table", { class: "wide states" },
  h("thead", {}, h("tr", {}, HEADS.map((head) => h("th", { scope: "col", class: head === "took" ? "number" : null }, head)))), h("tbody", {})));

const row = (visit, choose) => h("tr", { "data-state": visit.name },
  h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => choose(visit.name) }, visit.name)),
  h("td", {}), h("td", { class: "number" }), h("td", { class: "when" }, h("div", { class: "span", "aria-hidden": "true" })));

function fill(row, visit, isSelected, start, span) {
  const [name, status, took, when] = row.cells;
  name.firstChild.setAttribute("aria-pressed", String(isSelected));
  row.dataset.of = visit.status;
  if (status.textContent !== visit.status) show(status, tag(visit.status));
  took.textContent = visit.took;
  const from = Date.parse(visit.from) - start, to = Date.parse(visit.to ?? new Date()) - start;
  when.firstChild.style.marginLeft = `${(100 * from) / span}%`;
  when.firstChild.style.width = `${(100 * (to - from)) / span}%`;
  when.firstChild.className = `span ${visit.status.replace(" ", "-")}`;
}

// The state machine as a drawing. Every state is a button; how it looks follows what the history says of it.

import { svg } from "../dom.js";
import { latest } from "../history.js";
import { arrows, box, caughtPath, edge, linePath } from "./draw.js";
import { placed } from "./place.js";
import { scopeOf } from "./scope.js";

const MARGIN = 14;
const SIGNS = { succeeded: "✓", caught: "↷", failed: "✗", "timed out": "✗", aborted: "■", running: "▶" };
const KEYS = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

export class Graph {
  // select: called with a state's name. extent: of scope.js.
  constructor(definition, select) {
    Object.assign(this, { definition, select, extent: "main", drawn: "", scale: 1, all: [], visits: new Map(), selected: null });
    this.element = svg("svg", { role: "group", "aria-label": "States: arrow keys go from one to the next, Enter selects" });
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.choose(event.target.closest(".state")));
  }

  show(extent) {
    this.extent = extent;
    this.update(this.all, this.selected);
  }

  // all: of history.js; selected: a state's name, or null.
  update(all, selected) {
    const visits = latest(all);
    Object.assign(this, { all, visits, selected });
    const key = `${this.extent} ${[...visits.keys()].sort().join()}`;
    if (key !== this.drawn) this.draw();
    this.drawn = key;
    for (const [name, { element, note, title, at }] of this.boxes) {
      const visit = visits.get(name), isSelected = name === selected;
      element.setAttribute("class", `state ${visit?.status.replace(" ", "-") ?? ""}`);
      element.setAttribute("aria-pressed", String(isSelected));
      element.setAttribute("aria-description", visit?.status ?? "not entered");
      title.setAttribute("y", at.top + (visit || at.isContainer ? 18 : 25));
      note.textContent = visit ? `${SIGNS[visit.status] ?? ""} ${visit.took}` : "";
    }
    const taken = new Set(all.map((visit) => `${visit.after} → ${visit.name}`));
    for (const [line, { from, to }] of this.lines) {
      line.classList.toggle("taken", taken.has(`${from} → ${to}`));
      line.classList.toggle("chosen", [from, to].includes(selected));
    }
    this.markTab();
  }

  draw() {
    const focused = document.activeElement?.closest?.(".state")?.dataset.state;
    const layout = placed(scopeOf(this.definition, this.extent, new Set(this.visits.keys())), measured);
    Object.assign(this, { boxes: new Map(), lines: new Map(), size: [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN] });
    const below = svg("g", {}), above = svg("g", {});
    this.add(layout, MARGIN, MARGIN, below, above);
    this.element.setAttribute("viewBox", `0 0 ${this.size.join(" ")}`);
    this.element.replaceChildren(arrows(), below, above);
    this.zoom(this.scale);
    if (focused) this.boxes.get(focused)?.element.focus();
  }

  // Lines below boxes, the frames of branches below both.
  add(layout, left, top, below, above) {
    const frames = layout.boxes.map((cell) => ({ cell, name: cell.node.name, at: {
      left: left + cell.x, top: top + cell.y, width: cell.width, height: cell.height,
      isContainer: cell.inside.length > 0, isChoice: cell.node.type === "Choice",
    } }));
    for (const { cell, name, at } of frames) {
      const drawn = box(name, at);
      drawn.element.dataset.state = name;
      this.boxes.set(name, { ...drawn, at });
      (at.isContainer ? below : above).append(drawn.element);
      for (const branch of cell.inside) this.add(branch, at.left + branch.x, at.top + branch.y, below, above);
    }
    const moved = layout.lines.map((line) => ({ ...line, points: line.points.map(([x, y, floor]) => [x + left, y + top, floor + top]) }));
    for (const line of moved) this.addLine(below, line, edge("next", linePath(line), line.isBack));
    for (const line of layout.caught) {
      this.addLine(below, line, edge("caught", caughtPath(this.boxes.get(line.from).at, this.boxes.get(line.to).at)));
    }
  }

  addLine(layer, { from, to }, element) {
    this.lines.set(element, { from, to });
    layer.append(element);
  }

  zoom(scale) {
    this.scale = scale;
    this.element.setAttribute("width", Math.round(this.size[0] * scale));
    this.element.setAttribute("height", Math.round(this.size[1] * scale));
  }

  // Where a state's middle is, in pixels of the drawing as it is shown.
  middle(name) {
    const at = this.boxes.get(name)?.at;
    return at ? [(at.left + at.width / 2) * this.scale, (at.top + Math.min(at.height, 200) / 2) * this.scale] : null;
  }

  choose(element) {
    if (element) this.select(element.dataset.state);
  }

  // One state is reached by Tab: the selected one, else the last that was entered.
  markTab(name = this.selected ?? [...this.visits.keys()].at(-1)) {
    const there = this.boxes.has(name) ? name : this.boxes.keys().next().value;
    for (const [each, { element }] of this.boxes) element.setAttribute("tabindex", each === there ? 0 : -1);
  }

  press(event) {
    const element = event.target.closest(".state");
    if (!element) return;
    if (event.key === "Enter" || event.key === " ") this.choose(element);
    else if (KEYS[event.key]) this.move(element.dataset.state, KEYS[event.key]);
    else return;
    event.preventDefault();
  }

  move(from, [dx, dy]) {
    const [x, y] = this.middle(from);
    let best = null, least = Infinity;
    for (const name of this.boxes.keys()) {
      const [px, py] = this.middle(name);
      const along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (name !== from && along > 1 && along + 2 * aside < least) [best, least] = [name, along + 2 * aside];
    }
    if (!best) return;
    this.markTab(best);
    this.boxes.get(best).element.focus();
  }
}

let context;

function measured(text) {
  context ??= document.createElement("canvas").getContext("2d");
  context.font = "600 12px system-ui, sans-serif";
  return context.measureText(text).width;
}

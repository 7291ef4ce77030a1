// The state machine as SVG. Every state is a button; its look follows what the history says of it.

import { svg } from "./dom.js";
import { inner, layout, onError } from "./layout.js";

const MARGIN = 16;

export class Graph {
  constructor(definition, select) {
    const placed = layout(definition);
    this.states = new Map();
    this.catches = catchesOf(definition);
    this.select = select;
    this.boxes = new Map();
    const [width, height] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN];
    const drawing = this.drawn(placed, MARGIN, MARGIN);
    this.errors = svg("g", {});
    this.element = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "State machine" },
      arrow(), this.errors, drawing);
  }

  drawn(placed, left, top) {
    const boxes = new Map(placed.boxes.map((box) => [box.name, { ...box, x: box.x + left, y: box.y + top }]));
    for (const [name, box] of boxes) this.boxes.set(name, box);
    const lines = placed.lines.map(({ from, to, back }) => svg("path", { class: "edge", d: curve(boxes.get(from), boxes.get(to), back), "marker-end": "url(#arrow)" }));
    return svg("g", {}, lines, [...boxes.values()].map((box) => this.box(box)));
  }

  box(box) {
    const seconds = svg("text", { class: "seconds", x: box.x + box.width / 2, y: box.y + 34, "text-anchor": "middle" });
    const state = svg("g", {
      class: "state", tabindex: 0, role: "button", "aria-pressed": "false", "aria-label": box.name,
      onclick: () => this.select(box.name),
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.select(box.name);
      },
    },
    svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: box.type === "Choice" ? 18 : 6 }),
    svg("text", { x: box.x + box.width / 2, y: box.y + 18, "text-anchor": "middle" }, box.name), box.branches.length ? null : seconds);
    this.states.set(box.name, { state, seconds });
    return [state, box.branches.map((branch) => this.drawn(branch, box.x + branch.x, box.y + branch.y))];
  }

  // visits: by state, what is known of its latest visit; selected: a state's name, or null.
  update(visits, selected) {
    for (const [name, { state, seconds }] of this.states) {
      const visit = visits.get(name);
      state.setAttribute("class", `state ${visit?.status ?? ""}`);
      state.setAttribute("aria-pressed", String(name === selected));
      state.setAttribute("aria-label", `${name} ${visit ? `${visit.seconds} ${visit.status}` : "not entered"}`);
      seconds.textContent = visit?.seconds ?? "";
    }
    const shown = [...visits].filter(([name, visit]) => name === selected || ["caught", "failed"].includes(visit.status)).map(([name]) => name);
    this.errors.replaceChildren(...shown.flatMap((name) => (this.catches.get(name) ?? []).map((to) => svg("path", {
      class: "edge error", d: curve(this.boxes.get(name), this.boxes.get(to)),
    }))));
  }
}

function catchesOf(definition, found = new Map()) {
  for (const [name, state] of Object.entries(definition.States)) {
    found.set(name, onError(state));
    for (const branch of inner(state)) catchesOf(branch, found);
  }
  return found;
}

function curve(from, to, back = false) {
  const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y - 2];
  if (!back) return `M${x1},${y1} C${x1},${y1 + 18} ${x2},${y2 - 18} ${x2},${y2}`;
  const [right, side] = [Math.max(from.x + from.width, to.x + to.width) + 18, to.x + to.width + 2];
  return `M${from.x + from.width},${from.y + from.height / 2} C${right},${from.y} ${right},${to.y + to.height} ${side},${to.y + to.height / 2}`;
}

const arrow = () => svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
  svg("path", { d: "M0,0 L8,4 L0,8 z", class: "edge" })));

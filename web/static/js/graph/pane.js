// The graph, how much of it and how large, and the eye on what is running.

import { checkbox, h, labelled } from "../dom.js";
import { Graph } from "./graph.js";
import { current } from "../history.js";
import { EXTENTS } from "./scope.js";

const LEAST = 0.4, MOST = 1.6, STEP = 1.25, READABLE = 0.85;

export class GraphPane {
  constructor(definition, select) {
    this.graph = new Graph(definition, select);
    this.area = h("div", { class: "graph", role: "region", "aria-label": "Graph of the state machine" }, this.graph.element);
    this.extent = h("select", { onchange: () => { this.graph.show(this.extent.value); this.fit(); } },
      Object.entries(EXTENTS).map(([value, words]) => h("option", { value }, words)));
    this.follows = h("input", { type: "checkbox", checked: true });
    this.follow = checkbox("Follow", this.follows);
    const button = (label, sign, act) => h("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
    this.element = h("section", { class: "card pane" }, h("h2", {}, "State machine"),
      h("div", { class: "bar" }, labelled("Shown", this.extent), this.follow, h("div", { class: "zoom" },
        button("Smaller", "−", () => this.zoom(1 / STEP)), button("Larger", "+", () => this.zoom(STEP)), button("Fit the width", "↔", () => this.fit()))),
      this.area, h("p", { class: "legend" }, ["running", "succeeded", "caught", "failed"].map((status) => h("span", { class: `key ${status}` }, status))));
  }

  update(visits, selected, isRunning) {
    if (!this.isFitted && !isRunning) this.graph.extent = this.extent.value = "entered";
    this.graph.update(visits, selected);
    if (!this.isFitted) this.fit();
    this.follow.hidden = !isRunning;
    const now = current(visits);
    if (isRunning && this.follows.checked && now && now.name !== this.now) this.look(now.name);
    else if (selected && selected !== this.selected) this.look(selected);
    this.now = now?.name;
    this.selected = selected;
  }

  look(name) {
    const middle = this.graph.middle(name);
    if (!middle) return;
    const [x, y] = middle, { clientWidth, clientHeight, scrollLeft, scrollTop } = this.area;
    const isSeen = x > scrollLeft + 60 && x < scrollLeft + clientWidth - 60 && y > scrollTop + 30 && y < scrollTop + clientHeight - 30;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!isSeen) this.area.scrollTo({ left: x - clientWidth / 2, top: y - clientHeight / 2, behavior: isCalm ? "auto" : "smooth" });
  }

  zoom(times) {
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.area;
    const before = this.graph.scale;
    this.graph.zoom(Math.min(MOST, Math.max(LEAST, before * times)));
    const grown = this.graph.scale / before;
    this.area.scrollTo((scrollLeft + clientWidth / 2) * grown - clientWidth / 2, (scrollTop + clientHeight / 2) * grown - clientHeight / 2);
  }

  fit() {
    this.isFitted = true;
    this.graph.zoom(Math.min(1, Math.max(READABLE, (this.area.clientWidth - 2) / this.graph.size[0])));
    this.area.scrollLeft = (this.graph.size[0] * this.graph.scale - this.area.clientWidth) / 2;
  }
}

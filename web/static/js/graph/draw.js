// Boxes and lines → SVG.

import { svg } from "../dom.js";

const GAP = 5;

// points: [x, y where the line meets it, y where it leaves].
export function linePath({ points, isBack }) {
  const steps = [`M${round(points[0][0])} ${round(points[0][1] + (isBack ? GAP : 0))}`];
  points.forEach(([x, , floor], at) => {
    if (at === points.length - 1) return;
    const [next, top] = points[at + 1];
    const end = at === points.length - 2 && !isBack ? top - GAP : top;
    const middle = (floor + top) / 2;
    steps.push(`V${round(floor)}`, `C${round(x)} ${round(middle)} ${round(next)} ${round(middle)} ${round(next)} ${round(end)}`);
  });
  return steps.join(" ");
}

export function caughtPath(from, to) {
  const [x1, y1] = [from.left + from.width, from.top + from.height / 2];
  const [x2, y2] = [to.left + to.width / 2, to.top - GAP];
  const out = x1 + 24;
  return `M${round(x1)} ${round(y1)} C${round(out)} ${round(y1)} ${round(x2)} ${round(y2 - 60)} ${round(x2)} ${round(y2)}`;
}

const round = (value) => Math.round(value * 10) / 10;

export const arrows = () => svg("defs", {}, ["next", "caught"].map((kind) => svg("marker", {
  id: `arrow-${kind}`, class: `arrow ${kind}`, viewBox: "0 0 8 8", refX: 4, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
}, svg("path", { d: "M0 0 L8 4 L0 8 z" }))));

export const edge = (kind, d, isBack = false) => svg("path", {
  class: `edge ${kind}`, d, [isBack ? "marker-start" : "marker-end"]: `url(#arrow-${kind})`,
});

// A state's box, and where to write what became of it.
export function box(name, { left, top, width, height, isContainer, isChoice }) {
  const note = svg("text", { class: "note", x: left + width / 2, y: top + 33, "text-anchor": "middle" });
  const element = svg("g", { class: "state", role: "button", tabindex: -1, "aria-pressed": "false", "aria-label": name },
    svg("rect", { class: isContainer ? "frame" : "body", x: left, y: top, width, height, rx: isChoice ? height / 2 : 6 }),
    svg("text", { class: "name", x: left + width / 2, y: top + 18, "text-anchor": "middle" }, name), note);
  return { element, note };
}

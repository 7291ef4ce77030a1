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

// From the side that faces the target, over its top.
export function caughtPath(from, to) {
  const [x, y] = [to.left + to.width / 2, to.top - GAP];
  const right = from.left + from.width, bottom = from.top + from.height, middle = from.top + from.height / 2;
  if (x > from.left && x < right) return `M${round(x)} ${round(bottom)} V${round(y)}`;
  const side = x > right ? right : from.left;
  return `M${round(side)} ${round(middle)} C${round((side + x) / 2)} ${round(middle)} ${round(x)} ${round(middle)} ${round(x)} ${round(y)}`;
}

const round = (value) => Math.round(value * 10) / 10;

export const arrows = () => svg("defs", {}, ["next", "caught"].map((kind) => svg("marker", {
  id: `arrow-${kind}`, class: `arrow ${kind}`, viewBox: "0 0 8 8", refX: 4, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 9, markerHeight: 9, orient: "auto-start-reverse",
}, svg("path", { d: "M0 0 L8 4 L0 8 z" }))));

export const edge = (kind, d, isBack = false) => svg("path", {
  class: `edge ${kind}`, d, [isBack ? "marker-start" : "marker-end"]: `url(#arrow-${kind})`,
});

// A state's box, and where to write what became of it.
export function box(name, { left, top, width, height, isContainer, isChoice }) {
  const title = svg("text", { class: "name", x: left + width / 2, y: top + 18, "text-anchor": "middle" }, name);
  const note = svg("text", { class: "note", x: left + width / 2, y: top + 33, "text-anchor": "middle" });
  const element = svg("g", { class: "state", role: "button", tabindex: -1, "aria-pressed": "false" },
    svg("rect", { class: isContainer ? "frame" : "body", x: left, y: top, width, height, rx: isChoice ? height / 2 : 6 }),
    title, note);
  return { element, note, title };
}

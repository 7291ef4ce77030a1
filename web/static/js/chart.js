// The loss of each epoch: found in a training job's log, drawn as a line and written as a table.

import { fresh, h, svg } from "./dom.js";
import { table } from "./table.js";
import { number } from "./words.js";

// As fm/log_lines.py prints it; lines of single batches have more between epoch and train.
const LOSS = /#quality_metric: host=\S+, epoch=(\d+), train (?:binary_classification_)?(\w+) <loss>=(\S+)/;

// [{epoch, kind, loss}]; epochs count from 0, as in the log. Of several losses (a regressor has three) it is the first.
export function lossesIn(lines) {
  const found = new Map();
  for (const line of lines) {
    const match = LOSS.exec(line);
    const loss = Number(match?.[3]);
    if (Number.isFinite(loss) && !found.has(Number(match[1]))) found.set(Number(match[1]), { kind: match[2].replaceAll("_", "-"), loss });
  }
  return [...found].sort(([a], [b]) => a - b).map(([epoch, one]) => ({ epoch, ...one }));
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [480, 170, 52, 14, 10, 24];

export class LossChart {
  constructor(name) {
    Object.assign(this, { name, drawing: h("div", {}), words: h("figcaption", {}), rows: h("div", {}), known: 0 });
    const title = h("h3", { id: fresh("loss") }, name);
    this.element = h("figure", { class: "card chart", "aria-labelledby": title.id }, title, this.words, this.drawing,
      h("details", {}, h("summary", {}, "As a table"), this.rows));
  }

  update(points) {
    if (points.length === this.known) return;
    this.known = points.length;
    const [first, last] = [points[0], points.at(-1)];
    const words = `${first.kind} after ${points.length === 1 ? "1 epoch" : `${points.length} epochs`}: ${number(last.loss)}, at first ${number(first.loss)}`;
    this.words.textContent = words;
    this.drawing.replaceChildren(drawn(points, `${this.name}: ${words}`));
    this.rows.replaceChildren(table(`Loss of each epoch, ${this.name}`, ["epoch", first.kind], points.map((point) => [String(point.epoch + 1), point.loss]), { hidden: true }));
  }
}

function drawn(points, words) {
  const ticks = ticksOf(points.map((point) => point.loss));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const x = (at) => LEFT + (points.length > 1 ? (at / (points.length - 1)) * (WIDTH - LEFT - RIGHT) : 0);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - BOTTOM - TOP);
  const path = points.map((point, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(point.loss).toFixed(1)}`).join("");
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words },
    ticks.map((value) => [
      svg("path", { class: "grid", d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}` }),
      svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(6)))),
    ]),
    svg("text", { x: LEFT, y: HEIGHT - 5 }, "epoch 1"),
    points.length > 1 ? svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 5, "text-anchor": "end" }, String(points.length)) : null,
    svg("path", { class: "curve", d: path }),
    svg("circle", { class: "last", cx: x(points.length - 1), cy: y(points.at(-1).loss), r: 3.5 }));
}

// Round values from below the least to above the greatest, four or so.
function ticksOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => span / one <= 4);
  const first = Math.floor(low / step), last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

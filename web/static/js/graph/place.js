// Where every box and edge stands: a scope → {width, height, boxes, lines}, the scopes of branches inside their box.

import { layered } from "./layers.js";
import { neighbours, ordered } from "./order.js";

const HEIGHT = 42, PADDING = 26, GAP_X = 18, GAP_Y = 30, INSET = 14, TITLE = 44, BEND = 6, PORT = 12, ROUNDS = 24;

// measure: text → its width in pixels.
export function placed(scope, measure) {
  const found = layered(scope);
  for (const layer of found.layers) for (const cell of layer) size(cell, measure);
  const layers = ordered(found);
  down(layers);
  across(layers, found.links);
  const boxes = layers.flat().filter((cell) => cell.node);
  const right = Math.max(0, ...layers.flat().map((cell) => cell.x + cell.width));
  const bottom = Math.max(0, ...boxes.map((cell) => cell.y + cell.height));
  return { width: right, height: bottom, boxes, lines: found.routes.map(line), caught: scope.edges.filter((edge) => edge.caught) };
}

function size(cell, measure) {
  if (!cell.node) return Object.assign(cell, { width: BEND, height: 0 });
  const { name, branches } = cell.node;
  const least = measure(name) + PADDING;
  const inside = branches.map((branch) => placed(branch, measure));
  if (!inside.length) return Object.assign(cell, { width: Math.max(least, 92), height: HEIGHT, inside });
  let x = INSET;
  for (const branch of inside) {
    Object.assign(branch, { x, y: TITLE });
    x += branch.width + 2 * INSET;
  }
  const height = Math.max(...inside.map((branch) => branch.height)) + TITLE + INSET;
  return Object.assign(cell, { width: Math.max(least, x - INSET), height, inside });
}

function down(layers) {
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map((cell) => cell.height));
    for (const cell of layer) Object.assign(cell, { y, floor: y + height });
    y += height + GAP_Y;
  }
}

// Each layer in turn as near to its neighbours as the cells beside leave room; bends pull most, so that long edges are straight.
function across(layers, links) {
  const above = neighbours(links, "to", "from"), below = neighbours(links, "from", "to");
  for (const layer of layers) spread(layer, layer.map(() => 0));
  for (let round = 0; round < ROUNDS; round += 1) {
    const isDown = round % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      spread(layer, layer.map((cell) => wish(cell, isDown ? above(cell) : below(cell))));
    }
  }
  const left = Math.min(...layers.flat().map((cell) => cell.x));
  for (const cell of layers.flat()) cell.x -= left;
}

const centre = (cell) => cell.x + cell.width / 2;

function wish(cell, near) {
  const known = near.filter((other) => other.x !== undefined);
  if (!known.length) return cell.x === undefined ? 0 : centre(cell);
  const pull = known.map((other) => (other.node || cell.node ? 1 : 8));
  return known.reduce((sum, other, at) => sum + centre(other) * pull[at], 0) / pull.reduce((sum, one) => sum + one, 0);
}

// The places nearest to the wished centres that keep order and distance: isotonic regression, by pooling neighbours.
function spread(layer, wishes) {
  let offset = 0;
  const pools = [];
  const offsets = layer.map((cell, at) => {
    if (at) offset += (layer[at - 1].width + cell.width) / 2 + GAP_X;
    return offset;
  });
  layer.forEach((cell, at) => {
    pools.push({ sum: (wishes[at] - offsets[at]) * weight(cell), weight: weight(cell), count: 1 });
    while (pools.length > 1 && value(pools.at(-2)) > value(pools.at(-1))) {
      const last = pools.pop();
      for (const key of ["sum", "weight", "count"]) pools.at(-1)[key] += last[key];
    }
  });
  const values = pools.flatMap((pool) => Array(pool.count).fill(value(pool)));
  layer.forEach((cell, at) => { cell.x = values[at] + offsets[at] - cell.width / 2; });
}

const weight = (cell) => (cell.node ? 1 : 4);
const value = (pool) => pool.sum / pool.weight;

function line({ edge, cells, isBack }) {
  const [from, to] = [cells[0], cells.at(-1)];
  const shift = (cell, towards) => Math.max(-1, Math.min(1, (centre(towards) - centre(cell)) / 120)) * PORT;
  const points = [[centre(from) + shift(from, cells[1]), from.y + from.height, from.floor]];
  for (const bend of cells.slice(1, -1)) points.push([centre(bend), bend.y, bend.floor]);
  points.push([centre(to) + shift(to, cells.at(-2)), to.y, to.y]);
  return { ...edge, isBack, points };
}

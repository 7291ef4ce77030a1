// The order of cells within layers, so that few edges cross: barycentres, up and down, the best of all rounds.

const ROUNDS = 16;

export function ordered({ layers, links }) {
  const above = neighbours(links, "to", "from"), below = neighbours(links, "from", "to");
  let best = layers.map((layer) => [...layer]), fewest = crossings(best, below);
  const current = best.map((layer) => [...layer]);
  for (let round = 0; round < ROUNDS && fewest > 0; round += 1) {
    const isDown = round % 2 === 0;
    const turns = isDown ? current.keys() : [...current.keys()].reverse();
    for (const at of turns) sort(current, at, isDown ? at - 1 : at + 1, isDown ? above : below);
    const found = crossings(current, below);
    if (found < fewest) [best, fewest] = [current.map((layer) => [...layer]), found];
  }
  return best;
}

export function neighbours(links, of, to) {
  const found = new Map();
  for (const link of links) found.set(link[of], [...(found.get(link[of]) ?? []), link[to]]);
  return (cell) => found.get(cell) ?? [];
}

const places = (layer) => new Map(layer.map((cell, at) => [cell, at]));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function sort(layers, at, beside, near) {
  if (!layers[beside]) return;
  const where = places(layers[beside]), own = places(layers[at]);
  const wish = new Map(layers[at].map((cell) => {
    const known = near(cell).map((other) => where.get(other)).filter((place) => place !== undefined);
    return [cell, known.length ? mean(known) : own.get(cell)];
  }));
  layers[at].sort((a, b) => wish.get(a) - wish.get(b) || own.get(a) - own.get(b));
}

export function crossings(layers, below) {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at += 1) {
    const where = places(layers[at + 1]);
    const ends = layers[at].map((cell) => below(cell).map((other) => where.get(other)));
    for (let left = 0; left < ends.length; left += 1) {
      for (let right = left + 1; right < ends.length; right += 1) {
        for (const a of ends[left]) for (const b of ends[right]) if (a > b) count += 1;
      }
    }
  }
  return count;
}

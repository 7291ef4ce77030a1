// A state machine's definition → boxes and lines: layers from the start down, branches inside their state.

const CHAR = 7.2, PAD = 24, HEIGHT = 44, GAP_X = 22, GAP_Y = 34, INNER = 16, TITLE = 26;

export function layout(definition) {
  const states = definition.States;
  const normal = reachable(states, [definition.StartAt]);
  const rest = reachable(states, Object.keys(states).filter((name) => !normal.has(name)), normal);
  const main = component(states, normal, [definition.StartAt]);
  if (!rest.size) return main;
  const entries = [...rest].filter((name) => ![...rest].some((other) => targets(states[other]).includes(name)));
  const aside = component(states, rest, entries.length ? entries : [[...rest][0]]);
  return beside(main, aside);
}

// The names of the states that may follow, errors apart.
export function targets(state) {
  const choices = (state.Choices ?? []).map((choice) => choice.Next);
  return [...new Set([state.Next, ...choices, state.Default].filter(Boolean))];
}

export const onError = (state) => [...new Set((state.Catch ?? []).map((one) => one.Next))];

export function inner(state) {
  if (state.Type === "Parallel") return state.Branches;
  if (state.Type === "Map") return [state.ItemProcessor ?? state.Iterator];
  return [];
}

function reachable(states, from, without = new Set()) {
  const found = new Set(), waiting = [...from];
  while (waiting.length) {
    const name = waiting.pop();
    if (found.has(name) || without.has(name)) continue;
    found.add(name);
    waiting.push(...targets(states[name]));
  }
  return found;
}

function component(states, names, starts) {
  const { edges, back } = forward(states, names, starts);
  const layers = layered(names, edges, starts);
  const boxes = new Map([...names].map((name) => [name, sized(name, states[name])]));
  const width = Math.max(...layers.map((layer) => across(layer, boxes)));
  let y = 0;
  layers.forEach((layer, at) => {
    if (at) layer.sort((a, b) => centre(a, edges, boxes) - centre(b, edges, boxes));
    let x = (width - across(layer, boxes)) / 2;
    for (const name of layer) {
      Object.assign(boxes.get(name), { x, y });
      x += boxes.get(name).width + GAP_X;
    }
    y += Math.max(...layer.map((name) => boxes.get(name).height)) + GAP_Y;
  });
  const lines = [...edges.map(([from, to]) => ({ from, to })), ...back.map(([from, to]) => ({ from, to, back: true }))];
  return { boxes: [...boxes.values()], lines, width, height: y - GAP_Y };
}

// Lines that lead onwards, and those that lead back to a state on the way here.
function forward(states, names, starts) {
  const edges = [], back = [], done = new Set(), open = new Set();
  const visit = (name) => {
    open.add(name);
    for (const next of targets(states[name]).filter((target) => names.has(target))) {
      if (open.has(next)) back.push([name, next]);
      else {
        edges.push([name, next]);
        if (!done.has(next)) visit(next);
      }
    }
    open.delete(name);
    done.add(name);
  };
  starts.forEach((name) => done.has(name) || visit(name));
  return { edges, back };
}

function layered(names, edges, starts) {
  const depth = new Map([...names].map((name) => [name, 0]));
  for (let round = 0, moved = true; moved && round <= names.size; round += 1) {
    moved = false;
    for (const [from, to] of edges) {
      if (depth.get(to) < depth.get(from) + 1) {
        depth.set(to, depth.get(from) + 1);
        moved = true;
      }
    }
  }
  const layers = [];
  for (const [name, at] of depth) (layers[at] ??= []).push(name);
  layers[0].sort((a, b) => starts.indexOf(b) - starts.indexOf(a));
  return layers.filter(Boolean);
}

const across = (layer, boxes) => layer.reduce((sum, name) => sum + boxes.get(name).width + GAP_X, -GAP_X);

function centre(name, edges, boxes) {
  const above = edges.filter(([, to]) => to === name).map(([from]) => boxes.get(from)).filter((box) => box.x !== undefined);
  return above.length ? above.reduce((sum, box) => sum + box.x + box.width / 2, 0) / above.length : 0;
}

function sized(name, state) {
  const branches = inner(state).map(layout);
  const own = name.length * CHAR + PAD;
  if (!branches.length) return { name, type: state.Type, width: own, height: HEIGHT, branches: [] };
  let x = INNER;
  for (const branch of branches) {
    Object.assign(branch, { x, y: TITLE });
    x += branch.width + INNER;
  }
  return { name, type: state.Type, width: Math.max(own, x), height: Math.max(...branches.map((one) => one.height)) + TITLE + INNER, branches };
}

function beside(main, aside) {
  const shift = main.width + 3 * GAP_X;
  aside.boxes.forEach((box) => { box.x += shift; });
  return {
    boxes: [...main.boxes, ...aside.boxes], lines: [...main.lines, ...aside.lines],
    width: shift + aside.width, height: Math.max(main.height, aside.height),
  };
}

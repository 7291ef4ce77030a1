// Nodes in layers from the start down, with a bend wherever an edge passes a layer (Sugiyama, Tagawa and Toda 1981).

// {layers: [[cell]], links: [{from: cell, to: cell}], routes: [{edge, cells, isBack}]}; a cell is {node} or a bend {}.
export function layered({ start, nodes, edges }) {
  const backs = backEdges(start, nodes, edges);
  const onward = (edge) => (backs.has(edge) ? { from: edge.to, to: edge.from } : edge);
  const depth = depths(nodes, edges.map(onward));
  const cells = new Map(nodes.map((node) => [node.name, { node, links: 0 }]));
  const layers = Array.from({ length: Math.max(-1, ...depth.values()) + 1 }, () => []);
  for (const [name, cell] of cells) layers[depth.get(name)].push(cell);
  const links = [], routes = [];
  for (const edge of edges.filter((one) => !one.caught)) {
    const { from, to } = onward(edge);
    const passed = [cells.get(from)];
    for (let at = depth.get(from) + 1; at < depth.get(to); at += 1) {
      const bend = {};
      layers[at].push(bend);
      passed.push(bend);
    }
    passed.push(cells.get(to));
    for (let at = 1; at < passed.length; at += 1) links.push({ from: passed[at - 1], to: passed[at] });
    routes.push({ edge, cells: passed, isBack: backs.has(edge) });
  }
  return { layers: layers.filter((layer) => layer.length), links, routes };
}

// Edges that lead to a node on the way to themselves.
function backEdges(start, nodes, edges) {
  const out = new Map(nodes.map((node) => [node.name, []]));
  for (const edge of edges) out.get(edge.from).push(edge);
  const backs = new Set(), open = new Set(), done = new Set();
  const visit = (name) => {
    if (done.has(name)) return;
    open.add(name);
    for (const edge of out.get(name)) {
      if (open.has(edge.to)) backs.add(edge);
      else visit(edge.to);
    }
    open.delete(name);
    done.add(name);
  };
  if (out.has(start)) visit(start);
  for (const name of out.keys()) visit(name);
  return backs;
}

// The longest way to each node; edges have no cycle.
function depths(nodes, edges) {
  const into = new Map(nodes.map((node) => [node.name, []]));
  for (const edge of edges) into.get(edge.to).push(edge.from);
  const found = new Map();
  const depth = (name) => {
    if (!found.has(name)) found.set(name, Math.max(-1, ...into.get(name).map(depth)) + 1);
    return found.get(name);
  };
  for (const node of nodes) depth(node.name);
  return found;
}

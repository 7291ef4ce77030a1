// A state machine's definition → scopes: the nodes that are to be seen, and the edges between them.

// How much of a machine is drawn: by value of the choice, its words.
export const EXTENTS = {
  main: "without error handling",
  entered: "only what was entered",
  all: "every state",
};

const targetsOf = (state) => [...new Set([state.Next, ...(state.Choices ?? []).map((choice) => choice.Next), state.Default].filter(Boolean))];
const catchesOf = (state) => [...new Set((state.Catch ?? []).map((one) => one.Next))];

function branchesOf(state) {
  if (state.Type === "Parallel") return state.Branches;
  return state.Type === "Map" ? [state.ItemProcessor ?? state.Iterator] : [];
}

// {start, nodes: [{name, type, branches: [scope]}], edges: [{from, to, caught}]}; entered: names of states.
export function scopeOf(definition, extent, entered) {
  const seen = visible(definition, extent, entered);
  const nodes = [...seen].map((name) => {
    const state = definition.States[name];
    const branches = branchesOf(state).map((branch) => scopeOf(branch, extent, entered)).filter((scope) => scope.nodes.length);
    return { name, type: state.Type, branches };
  });
  const edges = nodes.flatMap(({ name }) => edgesOf(name, definition.States[name])).filter((edge) => seen.has(edge.to));
  return { start: definition.StartAt, nodes, edges };
}

function edgesOf(from, state) {
  const next = targetsOf(state);
  return [
    ...next.map((to) => ({ from, to, caught: false })),
    ...catchesOf(state).filter((to) => !next.includes(to)).map((to) => ({ from, to, caught: true })),
  ];
}

// Names in the order in which a reader meets them.
function visible({ StartAt, States }, extent, entered) {
  const good = endingWell(States);
  const follow = (state) => (extent === "all" ? [...targetsOf(state), ...catchesOf(state)] : targetsOf(state).filter((name) => good.has(name)));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    follow(States[name]).forEach(visit);
  };
  visit(StartAt);
  for (const name of Object.keys(States)) if (entered.has(name)) found.add(name);
  return extent === "entered" ? new Set([...found].filter((name) => entered.has(name))) : found;
}

// The states after which an execution, or a branch, may still succeed.
function endingWell(states) {
  const found = new Set(Object.keys(states).filter((name) => states[name].Type === "Succeed" || states[name].End));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [name, state] of Object.entries(states)) if (targetsOf(state).some((next) => found.has(next))) found.add(name);
  }
  return found;
}

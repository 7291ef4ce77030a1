// An execution's events → its visits of states, those of branches and iterations too. The rules are those of
// runner/chain.py: an event belongs to what the event before it in its own branch belongs to.

import { parsed, took } from "./words.js";

const COMPOSITE = ["Parallel", "Map"];
const ENDS = { ExecutionFailed: "failed", ExecutionAborted: "aborted", ExecutionTimedOut: "timed out" };
const OF_STATE = /^([A-Z][a-z]+)State(Entered|Started|Succeeded|Failed|Aborted|Exited)$/;

const detailsOf = (event) => Object.entries(event).find(([name]) => name.endsWith("EventDetails"))?.[1] ?? {};

// All visits in the order of their entry: name, type, status, from, to, took, input, output, error, cause, attempts,
// task {service, action, parameters}, after (the name of the state before).
export function visitsOf(events) {
  const taken = new Chain();
  for (const event of events) taken.take(event, detailsOf(event));
  for (const { visit } of taken.stays) visit.took = took(visit.from, visit.to);
  return taken.stays.map((stay) => stay.visit);
}

// A visit as far as it is known; without one, the state machine itself. hasFailed: a state inside was ended as the one that failed.
class Stay {
  constructor(visit = null, outer = null, iteration = null) {
    Object.assign(this, { visit, outer, iteration, inner: [], touched: 0, phase: "Entered", hasErred: false, hasFailed: false });
  }

  get isOpen() { return this.visit.to === undefined; }
  get isFailing() { return this.hasErred || this.hasFailed || this.visit.type === "Fail"; }
  get mayFail() { return this.isFailing || this.inner.some((stay) => stay.isOpen && stay.isFailing); }

  // This and what it is inside of, the machine apart.
  get outward() { return this.visit ? [this, ...this.outer.outward] : []; }
}

class Chain {
  constructor() {
    Object.assign(this, { machine: new Stay(), stays: [], places: new Map(), count: 0 });
    this.latest = { scope: this.machine, iteration: null, at: undefined };
    this.places.set(0, this.latest);
  }

  take(event, details) {
    this.count += 1;
    this.latest.at ??= event.timestamp;
    const before = this.places.get(event.previousEventId) ?? this.latest;
    this.latest = { ...this.place(event, details, before), at: event.timestamp };
    this.places.set(event.id, this.latest);
    for (const stay of this.latest.scope.outward) stay.touched = this.count;
  }

  // Where the branch of the event stands after it.
  place(event, details, before) {
    const [, type, what] = OF_STATE.exec(event.type) ?? [];
    if (type) return this.ofState(event, details, before, type, what);
    if (event.type.startsWith("MapIteration")) return this.ofIteration(event, details, before);
    if (event.type.startsWith("Execution")) return this.ofExecution(event, details, before);
    if (before.scope.visit) note(before.scope, event, details);
    return before;
  }

  ofState(event, details, before, type, what) {
    if (what === "Entered") return { scope: this.enter(event, details, before, type), iteration: null };
    const stay = what === "Exited" ? this.named(details.name, before) : ofType(type, what, before);
    if (!stay) return before;
    if (what === "Exited" || what === "Aborted") {
      if (what === "Exited") stay.visit.output = details.output;
      end(stay, event.timestamp, what === "Aborted" ? "aborted" : stay.hasErred ? "caught" : "succeeded");
      return { scope: stay.outer, iteration: stay.iteration, left: stay.visit.name };
    }
    if (what === "Started") { // once more, after an attempt that failed without an event of its own
      endInside(stay, before.at, "failed");
      Object.assign(stay, { phase: what, hasErred: false, hasFailed: false });
    }
    if (what === "Failed") {
      Object.assign(stay, { phase: what, hasErred: true });
      Object.assign(stay.visit, { error: details.error, cause: details.cause });
      endInside(stay, event.timestamp, "failed");
    }
    return { scope: stay, iteration: null };
  }

  ofIteration(event, { name, index }, before) {
    const stay = this.named(name, before);
    if (!stay) return before;
    const how = /(Failed|Aborted)$/.exec(event.type)?.[1].toLowerCase();
    if (how) endInside(stay, event.timestamp, how, index);
    return { scope: stay, iteration: index };
  }

  ofExecution(event, details, before) {
    const how = ENDS[event.type];
    if (how) {
      endInside(this.machine, event.timestamp, how);
      for (const stay of this.stays) end(stay, event.timestamp, "aborted");
      const guilty = before.scope.visit ?? this.stays.findLast(({ visit }) => visit.status === "failed")?.visit;
      if (guilty && how === "failed") Object.assign(guilty, { error: details.error, cause: details.cause });
    }
    return { scope: this.machine, iteration: null };
  }

  enter(event, { name, input }, before, type) {
    let { scope: outer, iteration } = before;
    const after = before.left ?? outer.visit?.name;
    if (outer.visit && !COMPOSITE.includes(outer.visit.type)) ({ outer, iteration } = outer); // the chain is broken
    const stay = new Stay({ name, type, status: "running", from: event.timestamp, input, attempts: 0, after }, outer, iteration);
    stay.touched = this.count;
    outer.inner.push(stay);
    this.stays.push(stay);
    return stay;
  }

  // The stay in the state of that name that the chain is in; where the chain is broken, the latest there is.
  named(name, before) {
    const isIt = (stay) => stay.visit.name === name;
    return before.scope.outward.find(isIt) ?? this.stays.findLast((stay) => isIt(stay) && stay.isOpen) ?? this.stays.at(-1);
  }
}

function end(stay, at, status) {
  if (!stay.isOpen) return;
  endInside(stay, at, status);
  Object.assign(stay.visit, { status, to: at });
}

// End what still runs inside of what ended so. Of what a failure ends one is the one that failed, unless that has ended.
function endInside(scope, at, status, iteration = null) {
  const running = scope.inner.filter((stay) => stay.isOpen && (iteration === null || stay.iteration === iteration));
  if ((status === "failed" || status === "caught") && running.length && (iteration !== null || !scope.hasFailed)) {
    scope.hasFailed = true;
    end(running.reduce((worst, stay) => (isMoreLikely(stay, worst) ? stay : worst)), at, "failed");
  }
  for (const stay of running) end(stay, at, stay.visit.type === "Fail" ? "failed" : status === "timed out" ? status : "aborted");
}

const isMoreLikely = (one, other) => (one.isFailing === other.isFailing ? one.touched > other.touched : one.isFailing);

// The stay in a state of that type that an event which names none belongs to: it may follow one of a branch deeper inside.
function ofType(type, what, before) {
  let around = before.scope.outward.filter((stay) => stay.visit.type === type);
  if (what !== "Aborted") around = around.filter((stay) => stay.isOpen); // which may come late, when all has ended
  if (what === "Failed" || what === "Started") {
    around = around.filter((stay) => stay.phase !== "Failed");
    const failing = around.filter((stay) => stay.mayFail);
    if (failing.length && (what === "Failed" || around[0].phase === "Started")) around = failing;
  }
  return around[0];
}

function note(stay, event, details) {
  const { visit } = stay;
  if (/(Failed|TimedOut)$/.test(event.type)) {
    stay.hasErred = true;
    Object.assign(visit, { error: details.error ?? event.type, cause: details.cause });
  }
  if (event.type.endsWith("Succeeded")) Object.assign(visit, { error: undefined, cause: undefined });
  if (/(Succeeded|Scheduled)$/.test(event.type)) stay.hasErred = false;
  if (event.type.endsWith("Scheduled")) {
    visit.attempts += 1;
    visit.task = details.resourceType
      ? { service: details.resourceType, action: details.resource, parameters: parsed(details.parameters) ?? {} }
      : { service: "lambda", action: "invoke", parameters: { FunctionName: details.resource } };
  }
}

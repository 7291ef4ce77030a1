// GetExecutionHistory's events → what is known of each state.

import { aws } from "./api.js";
import { parsed, took } from "./words.js";

const PAGE = 100;

export class History {
  constructor(executionArn) {
    Object.assign(this, { executionArn, events: new Map(), token: undefined });
  }

  // Read on from where the last page began; events that are known already change nothing.
  async read() {
    for (;;) {
      const page = await aws("stepfunctions", "GetExecutionHistory", {
        executionArn: this.executionArn, maxResults: PAGE, ...(this.token ? { nextToken: this.token } : {}),
      });
      for (const event of page.events) this.events.set(event.id, event);
      if (!page.nextToken) return;
      this.token = page.nextToken;
    }
  }

  visits() {
    return visitsOf([...this.events.values()].sort((a, b) => a.id - b.id));
  }
}

const detailsOf = (event) => Object.entries(event).find(([name]) => name.endsWith("EventDetails"))?.[1] ?? {};
const ENDS = { Failed: "failed", TimedOut: "timed out", Aborted: "aborted" };

// All visits in the order of their entry: name, type, status, from, to, took, input, output, error, cause, attempts,
// task {service, action, parameters}, after (the name of the state before).
export function visitsOf(events) {
  const visits = [], ofEvent = new Map();
  for (const event of events) {
    const details = detailsOf(event);
    const before = ofEvent.get(event.previousEventId);
    let visit = before;
    if (event.type.endsWith("StateEntered")) visits.push(visit = { ...entered(event, details), after: before?.name });
    else if (event.type.endsWith("StateExited")) exited(visit = running(visits, before, details.name), event, details);
    else if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) close(visits, before, event, details);
    else if (/^(Parallel|Map)/.test(event.type)) note(running(visits, before, null, /^(Parallel|Map)/.exec(event.type)[1]), event, details);
    else note(visit, event, details);
    ofEvent.set(event.id, visit);
  }
  for (const visit of visits) visit.took = took(visit.from, visit.to);
  return visits;
}

function entered(event, { name, input }) {
  const type = event.type.replace("StateEntered", "");
  const visit = { name, type, status: "running", from: event.timestamp, input, attempts: 0 };
  return type === "Fail" ? { ...visit, status: "failed", to: event.timestamp } : visit;
}

function exited(visit, event, { output }) {
  if (visit) Object.assign(visit, { status: visit.error ? "caught" : "succeeded", to: event.timestamp, output });
}

// The visit that an event is of: the one it follows, else the latest of that name, or type, that still runs.
function running(visits, before, name, type) {
  const fits = (visit) => visit.status === "running" && (name ? visit.name === name : visit.type === type);
  return before && fits(before) ? before : visits.findLast(fits);
}

function note(visit, event, details) {
  if (!visit) return;
  const end = /(Failed|TimedOut|Aborted)$/.exec(event.type)?.[1];
  if (end) Object.assign(visit, { error: details.error ?? event.type, cause: details.cause });
  if (end === "Aborted") Object.assign(visit, { status: "aborted", to: event.timestamp });
  if (event.type.endsWith("Succeeded")) Object.assign(visit, { error: undefined, cause: undefined });
  if (event.type.endsWith("Scheduled")) {
    visit.attempts += 1;
    visit.task = details.resourceType
      ? { service: details.resourceType, action: details.resource, parameters: parsed(details.parameters) ?? {} }
      : { service: "lambda", action: "invoke", parameters: { FunctionName: details.resource } };
  }
}

// The execution ended: what still ran did not, and where it failed says why.
function close(visits, before, event, details) {
  const end = ENDS[/(Failed|TimedOut|Aborted)$/.exec(event.type)[1]];
  const open = visits.filter((visit) => visit.status === "running");
  for (const visit of open) Object.assign(visit, { status: end === "failed" && visit !== before && !visit.error ? "aborted" : end, to: event.timestamp });
  const guilty = before ?? open.at(-1);
  if (guilty && end === "failed") Object.assign(guilty, { status: "failed", error: details.error, cause: details.cause });
}

// The state at work, those around it apart.
export const current = (visits) => visits.findLast((visit) => visit.status === "running" && !["Parallel", "Map"].includes(visit.type));

export const latest = (visits) => new Map(visits.map((visit) => [visit.name, visit]));

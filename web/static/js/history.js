// GetExecutionHistory's events → what is known of each state.

import { aws } from "./api.js";
import { seconds } from "./dom.js";

export class History {
  constructor(executionArn) {
    Object.assign(this, { executionArn, events: new Map(), token: undefined });
  }

  // Read on from where the last page ended; events that are known already change nothing.
  async read() {
    let token = this.token;
    do {
      const page = await aws("stepfunctions", "GetExecutionHistory", {
        executionArn: this.executionArn, maxResults: 500, ...(token ? { nextToken: token } : {}),
      });
      for (const event of page.events) this.events.set(event.id, event);
      if (!page.nextToken) break;
      this.token = token = page.nextToken;
    } while (token);
  }

  visits() {
    return visitsOf([...this.events.values()].sort((a, b) => a.id - b.id));
  }
}

const detailsOf = (event) => Object.entries(event).find(([name]) => name.endsWith("EventDetails"))?.[1] ?? {};

// All visits in the order of their entry: name, status, times, input, output, error, cause, what its task was asked.
export function visitsOf(events) {
  const visits = [], ofEvent = new Map();
  for (const event of events) {
    const details = detailsOf(event);
    let visit = ofEvent.get(event.previousEventId);
    if (event.type.endsWith("StateEntered")) {
      visit = { name: details.name, type: event.type.replace("StateEntered", ""), status: "running", from: event.timestamp, input: details.input };
      visits.push(visit);
    } else if (event.type.endsWith("StateExited")) {
      visit = visits.findLast((one) => one.name === details.name && one.status === "running") ?? visit;
      if (visit) Object.assign(visit, { status: visit.error ? "caught" : "succeeded", to: event.timestamp, output: details.output });
    } else if (visit) {
      note(visit, event, details);
    }
    if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) close(visits, event, details);
    ofEvent.set(event.id, visit);
  }
  for (const visit of visits) visit.seconds = seconds(visit.from, visit.to);
  return visits;
}

function note(visit, event, details) {
  if (/(Failed|TimedOut|Aborted)$/.test(event.type)) Object.assign(visit, { error: details.error ?? event.type, cause: details.cause });
  if (/Succeeded$/.test(event.type)) Object.assign(visit, { error: undefined, cause: undefined });
  if (event.type === "TaskScheduled") visit.task = { service: details.resourceType, action: details.resource, parameters: parsed(details.parameters) };
  if (event.type === "LambdaFunctionScheduled") visit.task = { service: "lambda", action: "invoke", parameters: { FunctionName: details.resource } };
}

function close(visits, event, details) {
  for (const visit of visits.filter((one) => one.status === "running")) {
    Object.assign(visit, { status: "failed", to: event.timestamp, error: visit.error ?? details.error, cause: visit.cause ?? details.cause });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export const latest = (visits) => new Map(visits.map((visit) => [visit.name, visit]));

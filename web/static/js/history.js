// GetExecutionHistory's events → what is known of each state.

import { aws } from "./api.js";
import { visitsOf } from "./visits.js";

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

// The state at work, those around it apart.
export const current = (visits) => visits.findLast((visit) => visit.status === "running" && !["Parallel", "Map"].includes(visit.type));

export const latest = (visits) => new Map(visits.map((visit) => [visit.name, visit]));

// One execution: its graph, live while it runs, and everything about the state that is selected.

import { aws, config } from "../api.js";
import { failure, h, json, say, seconds, show, tag, time } from "../dom.js";
import { Graph } from "../graph.js";
import { History, latest } from "../history.js";
import { chart, functionLines, jobOf, losses, trainingLines } from "../logs.js";

const POLL_MS = 1000;

export async function open(place, name) {
  const known = await config();
  const executionArn = `${known.state_machine.replace(":stateMachine:", ":execution:")}:${name}`;
  const { definition } = await aws("stepfunctions", "DescribeStateMachineForExecution", { executionArn });
  const view = new Execution(executionArn, name, known);
  view.graph = new Graph(JSON.parse(definition), (state) => view.choose(state));
  view.lay(place);
  await view.refresh();
  const timer = setInterval(() => view.refresh().catch((error) => say(error.message)), POLL_MS);
  return () => clearInterval(timer);
}

class Execution {
  constructor(executionArn, name, known) {
    Object.assign(this, { executionArn, name, known, history: new History(executionArn), selected: null, ended: false, busy: false, curves: new Map() });
    this.parts = Object.fromEntries(["head", "loss", "details", "list", "report"].map((part) => [part, h("div", {})]));
  }

  lay(place) {
    const { head, loss, details, list, report } = this.parts;
    show(place, h("h1", {}, this.name), head, report,
      h("h2", {}, "States"), h("div", { class: "graph scroll card", tabindex: 0, role: "region", "aria-label": "Graph of the states" }, this.graph.element),
      h("div", { class: "columns" }, h("section", {}, details, loss), h("section", {}, h("h2", {}, "As a list"), list)));
  }

  async refresh() {
    if (this.ended || this.busy) return;
    this.busy = true;
    try {
      const described = await aws("stepfunctions", "DescribeExecution", { executionArn: this.executionArn });
      await this.history.read();
      this.described = described;
      this.visits = this.history.visits();
      this.draw();
      await this.readLoss();
      if (described.status !== "RUNNING") {
        this.ended = true;
        say(`Execution ${described.status.toLowerCase()}`);
      }
    } finally {
      this.busy = false;
    }
  }

  draw() {
    const { status, startDate, stopDate, error, cause, output, input } = this.described;
    const stop = h("button", { type: "button", onclick: () => this.stop() }, "Stop");
    show(this.parts.head, h("p", { "data-status": status }, tag(status), ` started ${time(startDate)}, ${seconds(startDate, stopDate)} `, status === "RUNNING" ? stop : null),
      error ? h("div", { class: "notice bad" }, h("p", {}, h("strong", {}, error)), h("p", {}, cause)) : null,
      h("details", {}, h("summary", {}, "Input"), json(input ?? "{}")),
      output ? h("details", {}, h("summary", {}, "Output"), json(output)) : null);
    const report = status === "SUCCEEDED" && JSON.parse(output ?? "{}").artifacts?.report;
    const of = report ? /runs\/([^/]+)\/report\.html$/.exec(report)?.[1] : null;
    show(this.parts.report, of ? h("p", {}, h("a", { href: `/report/${encodeURIComponent(of)}`, target: "_blank", rel: "noopener" }, "Open the report")) : null);
    this.graph.update(latest(this.visits), this.selected);
    show(this.parts.list, h("ol", { class: "cards small", "data-list": "states" }, this.visits.map((visit) => h("li", { class: "card", "data-state": visit.name, "data-of": visit.status },
      h("button", { type: "button", onclick: () => this.choose(visit.name) }, visit.name), " ", tag(visit.status.toUpperCase()), ` ${visit.seconds}`))));
    if (this.selected && !this.ended) this.describe();
  }

  choose(state) {
    this.selected = state;
    this.graph.update(latest(this.visits ?? []), state);
    this.describe();
    this.parts.details.scrollIntoView({ block: "nearest" });
  }

  async describe() {
    const visit = latest(this.visits ?? []).get(this.selected);
    const log = h("div", {});
    if (!visit) return show(this.parts.details, h("h2", {}, this.selected), h("p", { class: "quiet" }, "Not entered in this execution."));
    const key = JSON.stringify([this.selected, visit.status, visit.output]);
    if (key === this.described_state) return;
    this.described_state = key;
    const part = (title, value) => (value === undefined || value === null ? null : h("details", { open: title !== "Input" }, h("summary", {}, title), json(value)));
    show(this.parts.details, h("h2", {}, visit.name), h("p", {}, tag(visit.status.toUpperCase()), ` ${visit.type}, ${visit.seconds}`),
      visit.error ? h("div", { class: "notice bad" }, h("p", {}, h("strong", {}, visit.error)), visit.cause ? h("pre", {}, visit.cause) : null) : null,
      part("Input", visit.input), part("Output", visit.output), visit.task ? part(`Task ${visit.task.service}:${visit.task.action}`, visit.task.parameters) : null, log);
    try {
      const job = jobOf(visit);
      const lines = job ? await trainingLines(job) : await functionLines(this.known.functions, visit);
      if (lines?.length) show(log, h("details", {}, h("summary", {}, `Log, ${lines.length} lines`), h("pre", { tabindex: 0 }, lines.join("\n"))));
    } catch (error) {
      show(log, failure(error));
    }
  }

  async readLoss() {
    for (const visit of this.visits.filter((one) => jobOf(one))) {
      const curve = this.curves.get(visit.name);
      if (curve?.whole) continue;
      const points = losses(await trainingLines(jobOf(visit)).catch(() => []));
      this.curves.set(visit.name, { points, whole: visit.status !== "running" });
    }
    const drawn = [...this.curves].filter(([, curve]) => curve.points.length);
    show(this.parts.loss, drawn.length ? h("h2", {}, "Loss per epoch") : null,
      drawn.map(([name, curve]) => [h("h3", {}, name), chart(curve.points, name)]));
  }

  async stop() {
    try {
      await aws("stepfunctions", "StopExecution", { executionArn: this.executionArn, cause: "stopped from the page" });
      say("Asked to stop");
    } catch (error) {
      say(error.message);
    }
  }
}

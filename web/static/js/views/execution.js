// One execution: its graph, live while it runs, and everything about the state that is selected.

import { aws, config } from "../api.js";
import { confirming, h, say, show } from "../dom.js";
import { failure } from "../failure.js";
import { GraphPane } from "../graph/pane.js";
import { current, History } from "../history.js";
import { executionOf } from "../links.js";
import { Losses } from "../losses.js";
import { poll } from "../poll.js";
import { StatePanel } from "../state-panel.js";
import { stateTable } from "../state-table.js";
import { json, parsed, plural, tag, time, took } from "../words.js";

const POLL_MS = 1000;

export async function open(place, name) {
  const known = await config();
  const executionArn = executionOf(known.state_machine, name);
  const { definition } = await aws("stepfunctions", "DescribeStateMachineForExecution", { executionArn });
  const view = new Execution(executionArn, name, known, JSON.parse(definition));
  view.lay(place);
  const goesOn = await view.refresh();
  return goesOn ? poll(() => view.refresh(), POLL_MS) : undefined;
}

class Execution {
  constructor(executionArn, name, known, definition) {
    Object.assign(this, { executionArn, name, selected: null, history: new History(executionArn) });
    Object.assign(this, { head: h("div", {}), trouble: h("div", {}), list: h("div", {}), stop: null });
    this.chooseState = (state) => this.choose(state);
    this.graph = new GraphPane(definition, this.chooseState);
    this.panel = new StatePanel(known.functions);
    this.losses = new Losses();
  }

  lay(place) {
    show(place, h("p", { class: "crumb" }, h("a", { href: "#/executions" }, "Executions")), h("h1", {}, this.name), this.head, this.trouble,
      h("div", { class: "columns watch" }, this.graph.element, this.panel.element), this.losses.element,
      h("section", { class: "card" }, h("h2", {}, "States in the order they were entered"), this.list));
  }

  // Whether there is more to come.
  async refresh() {
    try {
      const described = await aws("stepfunctions", "DescribeExecution", { executionArn: this.executionArn });
      await this.history.read();
      this.visits = this.history.visits();
      const isRunning = described.status === "RUNNING";
      this.draw(described, isRunning);
      await Promise.all([this.losses.update(this.visits), this.panel.refresh(this.visits)]);
      show(this.trouble);
      if (!isRunning && this.wasRunning) say(`The execution ${described.status.toLowerCase().replace("_", " ")}`);
      this.wasRunning = isRunning;
      return isRunning;
    } catch (error) {
      show(this.trouble, failure(error));
      return true;
    }
  }

  draw(described, isRunning) {
    if (!isRunning && !this.selected) this.selected = this.visits.findLast((visit) => visit.status === "failed" && visit.cause)?.name ?? null;
    this.isRunning = isRunning;
    this.drawHead(described, isRunning);
    this.drawStates();
    const now = current(this.visits);
    if (isRunning && now && now.name !== this.now) say(`${now.name} is running`);
    this.now = now?.name;
  }

  drawHead(described, isRunning) {
    const { status, startDate, stopDate, error, cause, input, output } = described;
    const changed = `${status} ${stopDate}`;
    if (this.changed !== changed) {
      this.changed = changed;
      this.clock = h("span", {});
      this.stop = isRunning ? confirming("Stop", "Stop this execution? What it made stays.", "Stop it", () => this.stopIt()) : null;
      show(this.head,
        h("div", { class: "bar facts", "data-status": status }, tag(status), h("span", {}, "started ", time(startDate)), this.clock, this.stop,
          isRunning ? null : h("a", { class: "button", href: `#/executions/start/${encodeURIComponent(this.name)}` }, "Start one like it"),
          report(status, output)),
        error || cause ? h("div", { class: "notice bad" }, h("p", {}, h("strong", {}, error)), cause ? h("p", {}, cause) : null) : null,
        h("div", { class: "bar folded" }, folded("Input", input ?? "{}"), output ? folded("Output", output) : null));
    }
    this.clock.textContent = `${isRunning ? "for" : "took"} ${took(startDate, stopDate)}, ${plural(this.visits.length, "state")} entered`;
  }

  drawStates() {
    this.graph.update(this.visits, this.selected, this.isRunning);
    this.panel.show(this.selected, this.visits);
    stateTable(this.list, this.visits, this.selected, this.chooseState);
  }

  choose(state) {
    this.selected = state;
    this.drawStates();
    this.panel.refresh(this.visits);
    if (matchMedia("(max-width: 59.99rem)").matches) this.panel.element.scrollIntoView({ block: "start" });
  }

  async stopIt() {
    try {
      await aws("stepfunctions", "StopExecution", { executionArn: this.executionArn, cause: "Stopped from the page" });
      say("Asked to stop");
    } catch (error) {
      show(this.trouble, failure(error));
    }
  }
}

const folded = (title, value) => h("details", {}, h("summary", {}, title), json(value));

// A restoration's output has the report of the execution that published the version.
function report(status, output) {
  const uri = status === "SUCCEEDED" ? parsed(output ?? "{}")?.artifacts?.report : null;
  const of = /\/runs\/([^/]+)\/report\.html$/.exec(uri ?? "")?.[1];
  return of ? h("a", { class: "button", href: `/report/${encodeURIComponent(of)}`, target: "_blank", rel: "noopener" }, "Open the report") : null;
}

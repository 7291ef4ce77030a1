// All about the selected state: what became of it, its input, output, task and log.

import { empty, h, show } from "./dom.js";
import { failure } from "./failure.js";
import { functionLines, streamsOf, TrainingLog } from "./logs.js";
import { Tabs } from "./tabs.js";
import { json, tag } from "./words.js";

export class StatePanel {
  // functions: name of a function → its log group.
  constructor(functions) {
    Object.assign(this, { functions, name: null, head: h("div", {}), log: h("div", {}), element: h("section", { class: "card pane", "aria-label": "Selected state" }) });
    show(this.element, h("h2", {}, "State"), empty("Choose a state in the graph, or in the list below."));
  }

  show(name, visits) {
    const all = visits.filter((visit) => visit.name === name);
    const visit = all.at(-1);
    const key = JSON.stringify([name, all.length, visit?.status, visit?.attempts, visit?.output?.length, visit?.error]);
    if (!name || key === this.key) {
      if (visit) this.clock.textContent = visit.took;
      return;
    }
    if (name !== this.name) this.begin(name);
    this.key = key;
    show(this.head, visit ? this.facts(visit, all.length) : empty("Not entered in this execution."));
    this.tabs.set(visit ? this.parts(visit) : [], visit && (streamsOf(visit) || visit.status === "running") ? "Log" : undefined);
  }

  begin(name) {
    Object.assign(this, { name, trained: null, lines: null, isWhole: false, clock: h("span", {}), tabs: new Tabs(`Parts of ${name}`) });
    show(this.log);
    show(this.element, h("h2", {}, name), this.head, this.tabs.element);
  }

  facts(visit, times) {
    this.clock.textContent = visit.took;
    return [
      h("p", { class: "bar facts" }, tag(visit.status), h("span", {}, visit.type), this.clock,
        times > 1 ? h("span", {}, `entered ${times} times`) : null, visit.attempts > 1 ? h("span", {}, `${visit.attempts} attempts`) : null),
      visit.task ? h("p", { class: "quiet resource" }, resource(visit.task)) : null,
      visit.error ? h("div", { class: `notice ${visit.status === "caught" ? "warn" : "bad"}` },
        h("p", {}, h("strong", {}, visit.error)), visit.cause ? h("pre", { tabindex: 0 }, visit.cause) : null) : null,
    ];
  }

  parts(visit) {
    const part = (title, value) => (value === undefined || value === null ? [] : [[title, value]]);
    const has = streamsOf(visit) || /:function:/.test(visit.task?.parameters?.FunctionName ?? "");
    const shown = [...part("Output", visit.output), ...part("Input", visit.input), ...part("Task", visit.task?.parameters)];
    for (const [title] of shown) this.tabs.tabs.delete(title);
    return [...shown.map(([title, value]) => [title, json(value)]), ...(has ? [["Log", this.log]] : [])];
  }

  // The log of the selected state, as long as it grows.
  async refresh(visits) {
    const visit = visits.findLast((one) => one.name === this.name);
    if (!visit?.task || this.isWhole) return;
    const { name } = this, isEnded = visit.status !== "running";
    try {
      const lines = await this.read(visit);
      if (name !== this.name || lines === null) return;
      this.write(lines);
      this.isWhole = isEnded && this.wasEnded;
      this.wasEnded = isEnded;
    } catch (error) {
      if (name === this.name) show(this.log, failure(error));
    }
  }

  read(visit) {
    const prefix = streamsOf(visit);
    if (!prefix) return functionLines(this.functions, visit);
    if (this.trained?.prefix !== prefix) this.trained = new TrainingLog(prefix);
    return this.trained.read();
  }

  write(lines) {
    if (lines.length === this.lines) return;
    this.lines = lines.length;
    const old = this.log.querySelector("pre");
    const isAtEnd = old && old.scrollTop + old.clientHeight > old.scrollHeight - 20;
    const text = h("pre", { tabindex: 0, class: "log", "aria-label": `Log of ${this.name}` }, lines.join("\n"));
    show(this.log, lines.length ? text : empty("Nothing was printed yet."));
    if (isAtEnd) text.scrollTop = text.scrollHeight;
  }
}

function resource({ service, action, parameters }) {
  const of = parameters.TrainingJobName ?? parameters.HyperParameterTuningJobName ?? parameters.FunctionName ?? parameters.EndpointName
    ?? parameters.EndpointConfigName ?? parameters.ModelName ?? parameters.Name;
  return [`${service}:${action}`, of ? [" ", h("code", {}, String(of).split(":function:").pop())] : null];
}

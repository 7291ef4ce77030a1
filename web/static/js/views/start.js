// Start an execution: its input by a form made from the schema, or as JSON.

import { aws, config, schema } from "../api.js";
import { h, labelled, say, show } from "../dom.js";
import { failure } from "../failure.js";
import { Form } from "../form.js";
import { executionOf, linkTo, nameOf } from "../links.js";
import { Tabs } from "../tabs.js";
import { inWords, problems } from "../validate.js";
import { plural } from "../words.js";

const NAME = "[A-Za-z0-9_\\-]{1,80}";

// like: the name of an execution whose input is taken to begin with.
export async function open(place, like) {
  const [known, rules] = await Promise.all([config(), schema()]);
  const view = new Start(known.state_machine, rules);
  view.begin(like ? await inputOf(known.state_machine, like) : {});
  show(place, h("p", { class: "crumb" }, h("a", { href: "#/executions" }, "Executions")), h("h1", {}, "Start an execution"),
    h("p", { class: "quiet" }, like ? `With the input of ${like}.` : "Every field is optional. An empty form runs the blog post's job: ml-100k, 64 factors, 50 epochs."), view.element);
}

async function inputOf(machine, name) {
  const described = await aws("stepfunctions", "DescribeExecution", { executionArn: executionOf(machine, name) });
  return JSON.parse(described.input ?? "{}");
}

class Start {
  constructor(machine, rules) {
    Object.assign(this, { machine, rules, told: h("div", { class: "problems", role: "alert" }) });
    this.name = h("input", { autocomplete: "off", pattern: NAME, maxlength: 80, placeholder: "made up for you", spellcheck: "false" });
    this.text = h("textarea", { spellcheck: "false", rows: 24, oninput: () => this.check() });
    this.form = new Form(rules, (value) => { this.write(value); this.check(); });
    this.tabs = new Tabs("Ways to write the input", (name) => this.turnTo(name));
    this.tabs.set([["Form", this.form.element], ["JSON", labelled("Input as JSON", this.text, { class: "field wide" })]]);
    this.button = h("button", { class: "main" }, "Start");
    this.element = h("form", { onsubmit: (event) => this.start(event) },
      h("div", { class: "bar card sticky" }, labelled("Name of the execution", this.name), this.button, this.told), this.tabs.element);
  }

  begin(value) {
    this.write(value);
    this.form.set(value);
    this.check();
  }

  write(value) {
    this.text.value = JSON.stringify(value, null, 2);
  }

  // The document as it is written, undefined where it is no JSON object.
  get document() {
    try {
      return JSON.parse(this.text.value.trim() || "{}");
    } catch {
      return undefined;
    }
  }

  turnTo(name) {
    const value = this.document;
    if (name !== "Form") return;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      this.form.set(value);
      this.check();
    } else {
      this.tabs.open("JSON", { isSilent: true });
      say("What is no JSON object cannot be shown as a form");
    }
  }

  check() {
    const value = this.document;
    const found = value === undefined ? [{ path: "", text: "this is no JSON" }] : problems(this.rules, value);
    const words = found.map(inWords).join("\n");
    if (words !== this.words) show(this.told, found.map((one) => h("p", { class: "problem" }, inWords(one))));
    this.words = words;
    this.text.setAttribute("aria-invalid", String(found.length > 0));
    this.form.mark(found);
    return found.length;
  }

  async start(event) {
    event.preventDefault();
    const wrong = this.check();
    if (wrong) return say(`${plural(wrong, "problem")} to mend before it can start`);
    this.button.disabled = true;
    try {
      const name = this.name.value.trim();
      const { executionArn } = await aws("stepfunctions", "StartExecution", {
        stateMachineArn: this.machine, input: JSON.stringify(this.document), ...(name ? { name } : {}),
      });
      location.hash = linkTo(nameOf(executionArn));
    } catch (error) {
      this.words = null;
      show(this.told, failure(error));
      this.button.disabled = false;
    }
  }
}

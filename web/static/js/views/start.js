// Start an execution: a form made from the input's schema, or the input as JSON.

import { aws, config, schema } from "../api.js";
import { failure, h, labelled, say, show } from "../dom.js";
import { form } from "../form.js";
import { problems } from "../validate.js";

export async function open(place) {
  const [known, rules] = await Promise.all([config(), schema()]);
  const name = h("input", { autocomplete: "off", maxlength: 80, placeholder: "made up for you" });
  const text = h("textarea", { spellcheck: "false" }, "{}");
  const told = h("div", { role: "alert" });
  const fields = form(rules, (value) => { text.value = JSON.stringify(value, null, 2); check(); });

  function check() {
    try {
      const found = problems(rules, JSON.parse(text.value || "{}"));
      show(told, found.map((problem) => h("p", { class: "problem" }, problem)));
      text.setAttribute("aria-invalid", String(found.length > 0));
      return found.length === 0;
    } catch (error) {
      show(told, h("p", { class: "problem" }, `No JSON: ${error.message}`));
      text.setAttribute("aria-invalid", "true");
      return false;
    }
  }

  async function start(event) {
    event.preventDefault();
    if (!check()) return say("The input is not valid yet");
    try {
      const { executionArn } = await aws("stepfunctions", "StartExecution", {
        stateMachineArn: known.state_machine, input: text.value || "{}", ...(name.value.trim() ? { name: name.value.trim() } : {}),
      });
      location.hash = `#/executions/${encodeURIComponent(executionArn.split(":").pop())}`;
    } catch (error) {
      show(told, failure(error));
    }
  }

  text.addEventListener("input", check);
  show(place, h("h1", {}, "Start an execution"),
    h("p", { class: "quiet" }, "Every field is optional: an empty form runs the blog post's job."),
    h("form", { onsubmit: start },
      h("div", { class: "bar" }, labelled("Name", name), h("button", { class: "main" }, "Start")), told,
      h("div", { class: "columns" }, h("div", {}, fields), h("div", {}, labelled("Input as JSON", text)))));
}

// JSON Schema → a form of what the input's schema uses: objects, enums, booleans, numbers, text, lists, free JSON.

import { h, labelled } from "./dom.js";

export function form(schema, changed) {
  const values = {};
  const update = () => changed(pruned(values) ?? {});
  return fieldsOf(schema, values, update);
}

function fieldsOf(schema, values, update) {
  const simple = [], nested = [];
  for (const [name, rule] of Object.entries(schema.properties)) {
    if (rule.properties) {
      values[name] = {};
      nested.push(h("fieldset", {}, h("legend", {}, name), described(rule), fieldsOf(rule, values[name], update)));
    } else {
      simple.push(field(name, rule, (value) => { values[name] = value; update(); }));
    }
  }
  return [simple.length ? h("div", { class: "fields" }, simple) : null, nested];
}

function field(name, rule, set) {
  const input = control(rule, set);
  if (rule.description) input.title = rule.description;
  return labelled(name, input);
}

const described = (rule) => (rule.description ? h("p", { class: "quiet small" }, rule.description) : null);

function control(rule, set) {
  const types = [rule.type ?? []].flat();
  const preset = rule.default === undefined ? "not set" : `${display(rule.default)} (default)`;
  if (rule.enum || types[0] === "boolean") {
    const choices = rule.enum ?? [true, false];
    return h("select", { onchange: (event) => set(event.target.value === "" ? undefined : choices[Number(event.target.value)]) },
      h("option", { value: "" }, preset), choices.map((choice, at) => h("option", { value: at }, String(choice))));
  }
  const isNumber = types.length === 1 && ["number", "integer"].includes(types[0]);
  return h("input", {
    type: isNumber ? "number" : "text", step: types[0] === "integer" ? 1 : "any", placeholder: hint(types, preset), autocomplete: "off",
    min: rule.minimum ?? null, max: rule.maximum ?? null,
    oninput: (event) => set(parsed(event.target.value.trim(), rule, types)),
  });
}

const display = (value) => (Array.isArray(value) ? value.join(", ") || "none" : typeof value === "object" ? "{}" : String(value));
const hint = (types, preset) => (types[0] === "object" ? '{"name": value}' : types[0] === "array" ? `${preset}; a, b, c` : preset);

function parsed(text, rule, types) {
  if (text === "") return undefined;
  if (types[0] === "array") return text.split(",").map((part) => scalar(part.trim(), [rule.items?.type ?? "string"].flat()));
  if (types[0] === "object") {
    try {
      return JSON.parse(text);
    } catch {
      return text; // not JSON yet: the check says so
    }
  }
  return scalar(text, types);
}

function scalar(text, types) {
  const isNumber = types.some((type) => type === "number" || type === "integer") && text !== "" && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}

function pruned(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const kept = Object.entries(value).map(([name, part]) => [name, pruned(part)]).filter(([, part]) => part !== undefined);
  return kept.length ? Object.fromEntries(kept) : undefined;
}

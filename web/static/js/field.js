// A rule of JSON Schema → the control that asks for a value of it, and what was typed → the value.

import { h, labelled } from "./dom.js";

// set: called with the value, undefined where nothing is given.
export function field(name, rule, value, set) {
  const input = rule.enum || typesOf(rule)[0] === "boolean" ? choice(rule, value, set) : typed(rule, value, set);
  return { input, element: labelled(name, input, { hint: [rule.description, bounds(rule)].filter(Boolean).join(" ") || null }) };
}

const typesOf = (rule) => [rule.type ?? []].flat();
const written = (value) => (Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value));

function choice(rule, value, set) {
  const choices = rule.enum ?? [true, false];
  return h("select", { onchange: (event) => set(event.target.value === "" ? undefined : choices[Number(event.target.value)]) },
    h("option", { value: "" }, rule.default === undefined ? "not set" : `${written(rule.default)} (default)`),
    choices.map((each, at) => h("option", { value: at, selected: each === value }, String(each))));
}

function typed(rule, value, set) {
  const types = typesOf(rule);
  const isNumber = types.length === 1 && ["number", "integer"].includes(types[0]);
  return h("input", {
    type: "text", inputmode: isNumber ? (types[0] === "integer" ? "numeric" : "decimal") : null,
    value: value === undefined ? null : written(value), placeholder: placeholder(rule, types), autocomplete: "off", spellcheck: "false",
    oninput: (event) => set(valueOf(event.target.value.trim(), rule)),
  });
}

function placeholder(rule, types) {
  if (types[0] === "object") return '{"name": value}';
  const preset = rule.default === undefined || written(rule.default) === "" ? null : `${written(rule.default)} (default)`;
  return preset ?? (types[0] === "array" ? "none; separated by commas" : "not set");
}

function bounds(rule) {
  const words = [
    ["from", rule.minimum], ["above", rule.exclusiveMinimum], ["to", rule.maximum], ["below", rule.exclusiveMaximum],
  ].filter(([, bound]) => bound !== undefined).map(([word, bound]) => `${word} ${bound}`);
  const among = rule.items?.enum ? `Any of ${rule.items.enum.join(", ")}, separated by commas.` : "";
  return [words.length ? `${words.join(" ")}.`.replace(/^./, (letter) => letter.toUpperCase()) : "", among].filter(Boolean).join(" ");
}

// What is no value of the rule stays text, and the check says so.
export function valueOf(text, rule) {
  if (text === "") return undefined;
  const types = typesOf(rule);
  if (types[0] === "array") return text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => valueOf(part, rule.items ?? {}));
  if (types[0] === "object" || rule.oneOf) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const isNumber = types.some((type) => type === "number" || type === "integer") && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}

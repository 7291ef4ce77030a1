// JSON Schema → a form: objects are groups that unfold, everything else is a field.

import { h, show } from "./dom.js";
import { field } from "./field.js";

export class Form {
  // changed: called with the document whenever somebody changes it.
  constructor(schema, changed) {
    Object.assign(this, { schema, changed, document: {}, fields: new Map(), groups: new Map(), element: h("div", { class: "form" }) });
  }

  get value() {
    return pruned(this.document) ?? {};
  }

  // Show a document, what the schema does not know included: it stays where it is.
  set(document) {
    this.document = structuredClone(document);
    this.fields.clear();
    this.groups.clear();
    const { simple, nested } = this.parts(this.schema, [], this.document);
    show(this.element, h("div", { class: "fields" }, simple), nested);
  }

  parts(schema, path, values) {
    const simple = [], nested = [];
    for (const [name, rule] of Object.entries(schema.properties)) {
      const where = [...path, name];
      if (rule.properties) nested.push(this.group(name, rule, where));
      else {
        const made = field(name, rule, values?.[name], (value) => this.write(where, value));
        this.fields.set(where.join("."), made.input);
        simple.push(made.element);
      }
    }
    return { simple, nested };
  }

  group(name, rule, where) {
    const values = where.reduce((value, part) => value?.[part], this.document);
    const { simple, nested } = this.parts(rule, where, values);
    const inside = h("fieldset", {}, h("legend", { class: "hidden" }, name), h("div", { class: "fields" }, simple), nested);
    const group = h("details", { class: "group", open: pruned(values) !== undefined },
      h("summary", {}, h("strong", {}, name), " ", h("span", { class: "quiet" }, rule.description)), inside);
    this.groups.set(where.join("."), group);
    return group;
  }

  write(where, value) {
    const within = where.slice(0, -1).reduce((object, part) => (object[part] ??= {}), this.document);
    within[where.at(-1)] = value;
    this.changed(this.value);
  }

  // problems: [{path, text}]. Marks the fields they are of, and unfolds the groups around them.
  mark(problems) {
    for (const [path, input] of this.fields) {
      const isBad = problems.some((problem) => problem.path === path || problem.path.startsWith(`${path}.`) || problem.path.startsWith(`${path}[`));
      if (isBad) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      if (isBad) for (const [name, group] of this.groups) if (path.startsWith(`${name}.`)) group.open = true;
    }
  }
}

// Without what is not given, and objects that have nothing.
function pruned(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const kept = Object.entries(value).map(([name, part]) => [name, pruned(part)]).filter(([, part]) => part !== undefined);
  return kept.length ? Object.fromEntries(kept) : undefined;
}

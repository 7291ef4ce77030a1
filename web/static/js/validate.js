// The keywords of JSON Schema that the input's schema uses. The state machine checks again, and has the last word.

// What is wrong with a value: [{path, text}], the path as `deploy.serverless.memory_mb` or `models[0]`, empty for the whole.
export function problems(schema, value, path = "") {
  const types = [schema.type ?? []].flat();
  if (types.length && !types.some((type) => is(type, value))) return [{ path, text: `${shown(value)}, expected ${types.join(" or ")}` }];
  return [...RULES.flatMap((rule) => rule(schema, value).map((text) => ({ path, text }))), ...within(schema, value, path)];
}

export const inWords = ({ path, text }) => `${path || "input"}: ${text}`;

const shown = (value) => JSON.stringify(value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function is(type, value) {
  switch (type) {
    case "integer": return Number.isInteger(value);
    case "array": return Array.isArray(value);
    case "object": return isObject(value);
    case "null": return value === null;
    default: return typeof value === type;
  }
}

const unless = (holds, text) => (holds ? [] : [text]);
const onNumber = (keyword, holds, words) => (schema, value) => (
  keyword in schema && typeof value === "number" ? unless(holds(value, schema[keyword]), `${value}, expected ${words} ${schema[keyword]}`) : []);
const onSize = (keyword, sizeOf, holds, words) => (schema, value) => {
  const size = keyword in schema ? sizeOf(value) : null;
  return size === null ? [] : unless(holds(size, schema[keyword]), `${size} given, expected ${words} ${schema[keyword]}`);
};
const items = (value) => (Array.isArray(value) ? value.length : null);
const characters = (value) => (typeof value === "string" ? [...value].length : null);
const members = (value) => (isObject(value) ? Object.keys(value).length : null);
const fits = (schema, value) => problems(schema, value).length === 0;
const least = (a, b) => a >= b;
const most = (a, b) => a <= b;

const RULES = [
  (schema, value) => (schema.enum ? unless(schema.enum.includes(value), `${shown(value)}, expected one of ${schema.enum.join(", ")}`) : []),
  (schema, value) => ("const" in schema ? unless(schema.const === value, `${shown(value)}, expected ${shown(schema.const)}`) : []),
  onNumber("minimum", least, "at least"), onNumber("maximum", most, "at most"),
  onNumber("exclusiveMinimum", (a, b) => a > b, "more than"), onNumber("exclusiveMaximum", (a, b) => a < b, "less than"),
  onSize("minItems", items, least, "at least"), onSize("maxItems", items, most, "at most"),
  onSize("minLength", characters, least, "at least"), onSize("maxLength", characters, most, "at most"),
  onSize("minProperties", members, least, "at least"), onSize("maxProperties", members, most, "at most"),
  (schema, value) => (schema.pattern && typeof value === "string"
    ? unless(new RegExp(schema.pattern, "u").test(value), `${shown(value)}, expected to match ${schema.pattern}`) : []),
  (schema, value) => (schema.uniqueItems && Array.isArray(value)
    ? unless(new Set(value.map(shown)).size === value.length, "one of them twice, expected each once") : []),
  (schema, value) => (schema.contains && Array.isArray(value)
    ? unless(value.some((one) => fits(schema.contains, one)), `expected ${shown(schema.contains.const)} among them`) : []),
  (schema, value) => (schema.not ? unless(!fits(schema.not, value), `${shown(value)} cannot be given`) : []),
  (schema, value) => (schema.oneOf
    ? unless(schema.oneOf.filter((one) => fits(one, value)).length === 1, `${shown(value)}, expected one of the ways to write it`) : []),
];

function within(schema, value, path) {
  const below = (name) => (path ? `${path}.${name}` : name);
  if (Array.isArray(value)) return schema.items ? value.flatMap((one, at) => problems(schema.items, one, `${path}[${at}]`)) : [];
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => ({ path: below(name), text: "is missing" }));
  return [...missing, ...Object.entries(value).flatMap(([name, part]) => member(schema, name, part, below(name)))];
}

function member(schema, name, part, path) {
  const named = schema.propertyNames ? problems(schema.propertyNames, name, path) : [];
  if (Object.hasOwn(schema.properties ?? {}, name)) return [...named, ...problems(schema.properties[name], part, path)];
  if (schema.additionalProperties === false) {
    return [{ path, text: `no such field, expected one of ${Object.keys(schema.properties ?? {}).join(", ")}` }];
  }
  return isObject(schema.additionalProperties) ? [...named, ...problems(schema.additionalProperties, part, path)] : named;
}

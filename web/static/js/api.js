// Everything the page asks: the recommender's API, and AWS' own calls, both through the local proxy that signs them.

export class Failure extends Error {
  constructor(message, status, code = "") {
    super(message);
    Object.assign(this, { status, code });
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Failure("The page's server does not answer. Was it stopped?", 0);
  }
  const text = await answer.text();
  let document = null;
  try {
    document = text ? JSON.parse(text) : null;
  } catch { /* told below, by the status */ }
  if (answer.ok && document !== null) return document;
  throw new Failure(told(document) ?? `${path}: status ${answer.status}`, answer.status, document?.error?.code);
}

function told(document) {
  if (document?.error) return document.error.message;
  const errors = (document?.errors ?? []).map((error) => `${error.name}: ${error.problem}`);
  return [document?.detail ?? document?.title ?? document?.message, ...errors].filter(Boolean).join(" – ") || null;
}

const post = (path, body) => ask(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

// API Gateway decodes a path twice before the function sees it.
export const inPath = (id) => encodeURIComponent(encodeURIComponent(String(id)));

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export const api = {
  get: (path, parameters = {}) => ask(`/api${path}${query(parameters)}`),
  post: (path, body) => post(`/api${path}`, body),
};

export const aws = (service, operation, parameters) => post(`/aws/${service}/${operation}`, parameters);
export const config = () => (config.known ??= ask("/config.json"));
export const schema = () => ask("/schema");
export const object = (key) => ask(`/object/${key.split("/").map(encodeURIComponent).join("/")}`);

// Everything the page asks: the recommender's API, and AWS' own calls, both through the local proxy that signs them.

export class Failure extends Error {
  constructor(message, status, code = "") {
    super(message);
    Object.assign(this, { status, code });
  }
}

async function ask(path, options = {}) {
  let answer, text;
  try {
    answer = await fetch(path, options);
    text = await answer.text();
  } catch {
    throw new Failure("The page's own server does not answer.", 0);
  }
  const document = parsed(text);
  if (answer.ok && document !== undefined) return document;
  throw new Failure(told(document) ?? `${path.split("?")[0]}: status ${answer.status}`, answer.status, document?.error?.code);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function told(document) {
  if (document?.error) return document.error.message;
  const errors = (document?.errors ?? []).map((error) => `${error.name}: ${error.problem}`);
  return errors.length ? errors.join("; ") : document?.detail ?? document?.title ?? document?.message ?? null;
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
export const schema = () => ask("/schema");
export const object = (key) => ask(`/object/${key.split("/").map(encodeURIComponent).join("/")}`);

let known = null;

// Of the deployment; asked again where it could not be had.
export function config() {
  known ??= ask("/config.json").catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

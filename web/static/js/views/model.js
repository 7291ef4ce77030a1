// The live version: its figures and its report; the versions there are, and the way back to one.

import { api, aws, config, object } from "../api.js";
import { failure, h, number, show, table, time } from "../dom.js";
import { synthetic } from "./recommend.js";

export async function open(place) {
  const known = await config();
  const live = h("div", {}), versions = h("div", {});
  show(place, h("h1", {}, "Model"), live, h("h2", {}, "Versions"), versions);
  await Promise.all([drawLive(live), drawVersions(versions, known)]);
}

async function drawLive(place) {
  try {
    const model = await api.get("/model");
    const { dataset } = model;
    const report = `/report/${encodeURIComponent(model.version)}`;
    show(place, synthetic(model), h("p", {}, "Live: ", h("strong", {}, model.version), `, made ${time(model.created)}`),
      h("p", { class: "quiet" }, `${dataset.name}: ${number(model.users)} users, ${number(model.items)} movies; recommends by the ${model.recommends_by} model; ${endpoint(model)}`),
      figures("Model of likes, on the test", model.metrics), ranking(model),
      h("p", {}, h("a", { href: report, target: "_blank", rel: "noopener" }, "Open the report in a tab of its own")),
      h("iframe", { src: report, title: "Report", sandbox: "", loading: "lazy" }));
  } catch (error) {
    show(place, failure(error));
  }
}

const endpoint = (model) => (model.endpoint ? `endpoint ${model.endpoint.name}, ${model.endpoint.mode}` : "no endpoint: predictions come from the artifact");

function figures(caption, metrics) {
  const rows = Object.entries(metrics).filter(([, value]) => typeof value === "number").map(([name, value]) => [name.replaceAll("_", " "), value]);
  return rows.length ? table(caption, ["measure", "value"], rows) : null;
}

function ranking(model) {
  if (!model.ranking?.metrics) return null;
  const beside = model.ranking.popularity ?? {};
  const rows = Object.entries(model.ranking.metrics).filter(([, value]) => typeof value === "number")
    .map(([name, value]) => [name, value, typeof beside[name] === "number" ? beside[name] : "–"]);
  return table("Ranking model, on the test", ["measure", "model", "popularity"], rows);
}

async function drawVersions(place, known) {
  try {
    const [names, pointer] = await Promise.all([listed(known.bucket), aws("ssm", "GetParameter", { Name: known.version_parameter })]);
    const manifests = await Promise.all(names.map((name) => object(`models/${name}/manifest.json`).catch(() => null)));
    const whole = manifests.filter(Boolean).sort((a, b) => (a.created < b.created ? 1 : -1));
    show(place, whole.length ? h("ul", { class: "cards" }, whole.map((one) => card(one, pointer.Parameter.Value, known)))
      : h("p", { class: "quiet" }, "None is published: ", h("a", { href: "#/executions/start" }, "start an execution"), "."));
  } catch (error) {
    show(place, failure(error));
  }
}

async function listed(bucket) {
  const names = [];
  let token;
  do {
    const page = await aws("s3", "ListObjectsV2", { Bucket: bucket, Prefix: "models/", Delimiter: "/", ...(token ? { ContinuationToken: token } : {}) });
    names.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix.split("/")[1]));
    token = page.NextContinuationToken;
  } while (token);
  return names;
}

function card(manifest, live, known) {
  const isLive = manifest.version === live;
  const place = h("span", {});
  const back = h("button", { type: "button", onclick: () => confirmed() }, "Roll back to this one");
  const confirmed = () => show(place,
    h("span", {}, "This starts an execution that serves it again. "),
    h("button", { type: "button", class: "main", onclick: () => restore(manifest.version, known, place) }, "Start it"), " ",
    h("button", { type: "button", onclick: () => show(place, back) }, "Leave it"));
  show(place, back);
  return h("li", { class: "card", "data-version": manifest.version },
    h("h3", {}, manifest.version, " ", isLive ? h("span", { class: "tag good" }, "live") : null),
    h("p", { class: "quiet small" }, `made ${time(manifest.created)} from ${manifest.dataset.name}${manifest.dataset.synthetic ? " (synthetic)" : ""}, ${manifest.task}`),
    isLive ? null : place);
}

async function restore(version, known, place) {
  try {
    const started = await aws("stepfunctions", "StartExecution", { stateMachineArn: known.state_machine, input: JSON.stringify({ restore: { version } }) });
    location.hash = `#/executions/${encodeURIComponent(started.executionArn.split(":").pop())}`;
  } catch (error) {
    show(place, failure(error));
  }
}

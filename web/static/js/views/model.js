// The live version: its figures, its data, its report; the versions there are, and the way back to one.

import { api, config } from "../api.js";
import { h, show } from "../dom.js";
import { failure } from "../failure.js";
import { synthetic } from "../items.js";
import { nameOf } from "../links.js";
import { comparison, glance, rankingComparison } from "../measures.js";
import { versions } from "../versions.js";
import { number, time } from "../words.js";

export async function open(place) {
  const known = await config();
  const live = h("div", {}), kept = h("section", { class: "card" }, h("h2", {}, "Versions")), report = h("div", {});
  show(place, h("h1", {}, "Model"), live, kept, report);
  await Promise.all([drawLive(live, report), versions(kept, known)]);
}

async function drawLive(place, report) {
  try {
    const model = await api.get("/model");
    show(place, synthetic(model.dataset),
      h("p", {}, h("strong", {}, model.version), " is live, made ", time(model.created), "."),
      glance(model),
      h("div", { class: "columns even" },
        h("section", { class: "card" }, h("h2", {}, "Model of likes, on the test"), comparison(model)),
        h("div", {}, ranking(model), h("section", { class: "card" }, h("h2", {}, "Data and serving"), facts(model)))));
    show(report, framed(model));
  } catch (error) {
    show(place, failure(error));
  }
}

function ranking(model) {
  return model.ranking?.metrics ? h("section", { class: "card" }, h("h2", {}, "Ranking model, on the test"), rankingComparison(model.ranking)) : null;
}

function facts({ dataset, users, items, task, recommends_by: by, threshold, endpoint }) {
  const { ratings = {}, split } = dataset;
  const rows = [
    ["data", `${dataset.name}, ${dataset.synthetic ? "SYNTHETIC" : "real"}`],
    ["users and movies", `${number(users)} and ${number(items)}`],
    ["ratings", Object.entries(ratings).filter(([, count]) => count).map(([channel, count]) => `${number(count)} ${channel}`).join(", ")],
    ["split", [split?.kind.replaceAll("_", " "), split?.kind === "given" ? split.name : null].filter(Boolean).join(", ")],
    ["features", ["user", "movie", ...(dataset.features ?? []).map((block) => block.replaceAll("_", " "))].join(", ")],
    ["task", task.replaceAll("_", " ")],
    ["recommends by", by === "ranking" ? "the ranking model" : "the model of likes"],
    ["threshold", threshold === null ? "none: it predicts ratings" : number(threshold, 2)],
    ["endpoint", endpoint ? `${endpoint.name}, ${endpoint.mode}` : "none: predictions are made from the artifact"],
  ];
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function framed(model) {
  const address = `/report/${encodeURIComponent(nameOf(model.execution))}`;
  return h("section", {}, h("div", { class: "title" }, h("h2", {}, "Report"), h("a", { href: address, target: "_blank", rel: "noopener" }, "Open in a tab of its own")),
    h("iframe", { src: address, title: `Report of ${model.version}`, sandbox: "", loading: "lazy" }));
}

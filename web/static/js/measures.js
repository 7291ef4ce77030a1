// A model's measures beside those of simpler ones.

import { h } from "./dom.js";
import { table } from "./table.js";
import { number } from "./words.js";

const NAMES = {
  cross_entropy: "cross-entropy", f1: "F1", auc: "ROC AUC", pr_auc: "PR AUC", brier: "Brier score", rmse: "RMSE", mae: "MAE",
  balanced_accuracy: "balanced accuracy", "ndcg@10": "NDCG@10", "map@10": "MAP@10",
};
const named = (measure) => NAMES[measure] ?? measure.replaceAll("_", " ");
const MODELS = { bias_only: "biases only", mean: "mean", blog_ml_100k: "blog post" };
const CONSTANT = { majority_accuracy: "accuracy", prior_cross_entropy: "cross_entropy", all_positive_f1: "f1" };
const isNumber = (value) => typeof value === "number";

export function comparison({ metrics, baselines }) {
  const constant = Object.fromEntries(Object.entries(CONSTANT).filter(([name]) => isNumber(baselines[name])).map(([name, measure]) => [measure, baselines[name]]));
  const others = Object.entries(baselines).filter(([, value]) => value !== null && typeof value === "object").map(([name, value]) => [MODELS[name] ?? named(name), value]);
  if (Object.keys(constant).length) others.push(["constant", constant]);
  const measures = Object.keys(metrics).filter((name) => isNumber(metrics[name]) && !["threshold", "rows", "positives"].includes(name));
  const rows = measures.map((name) => [named(name), metrics[name], ...others.map(([, values]) => (isNumber(values[name]) ? values[name] : ""))]);
  return [
    table("Measures and baselines", ["measure", "model", ...others.map(([name]) => name)], rows, { hidden: true }),
    h("p", { class: "quiet" }, onRows(metrics), others.some(([name]) => name === "constant") ? " Constant: the best that one answer for all rows reaches." : ""),
  ];
}

const onRows = ({ rows, positives }) => (rows ? `On ${number(rows)} ratings${positives ? `, ${number(positives)} of them likes` : ""}.` : "");

export function rankingComparison({ metrics, popularity, users, gate }) {
  const beside = popularity?.metrics ?? {};
  const rows = Object.keys(metrics).filter((name) => isNumber(metrics[name])).map((name) => [named(name), metrics[name], isNumber(beside[name]) ? beside[name] : ""]);
  return [
    table("Measures of the ranking", ["measure", "model", "popularity"], rows, { hidden: true }),
    h("p", { class: "quiet" }, users ? `Over ${number(users)} users. ` : "", (gate?.reasons ?? []).join("; ")),
  ];
}

const FIRST = ["accuracy", "cross_entropy", "f1", "auc", "rmse", "mae"];

// The figures to see first, each with what a simpler model reaches.
export function glance({ metrics, baselines, ranking }) {
  const simple = baselines.bias_only ?? baselines.mean ?? {};
  const tiles = FIRST.filter((name) => isNumber(metrics[name])).map((name) => tile(named(name), metrics[name], isNumber(simple[name]) ? `${baselines.bias_only ? "biases only" : "mean"} ${number(simple[name], 3)}` : ""));
  const gain = Object.keys(ranking?.metrics ?? {}).find((name) => name.startsWith("ndcg"));
  if (gain) tiles.push(tile(named(gain), ranking.metrics[gain], isNumber(ranking.popularity?.metrics?.[gain]) ? `popularity ${number(ranking.popularity.metrics[gain], 3)}` : ""));
  return h("dl", { class: "glance" }, tiles);
}

const tile = (name, value, beside) => h("div", {}, h("dt", {}, name), h("dd", { class: "value" }, number(value, 3)), h("dd", {}, beside));

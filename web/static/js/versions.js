// The versions that were published, the newest first, which of them is live, and the way back to another.

import { aws, object } from "./api.js";
import { confirming, empty, h, show } from "./dom.js";
import { failure } from "./failure.js";
import { linkTo, nameOf } from "./links.js";
import { number, time } from "./words.js";

// known: of /config.json.
export async function versions(place, known) {
  const list = h("div", {}, empty("Looking for versions …"));
  place.append(list);
  try {
    const [names, pointer] = await Promise.all([listed(known.bucket), aws("ssm", "GetParameter", { Name: known.version_parameter })]);
    const manifests = await Promise.all(names.map((name) => object(`models/${name}/manifest.json`).catch(() => null)));
    const found = manifests.filter(Boolean).sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
    show(list, found.length ? h("ul", { class: "rows" }, found.map((one) => version(one, pointer.Parameter.Value, known)))
      : empty("None is published yet: ", h("a", { href: "#/executions/start" }, "start an execution"), "."));
  } catch (error) {
    show(list, failure(error));
  }
}

// A version is there once its manifest is, which is written last.
async function listed(Bucket) {
  const names = [];
  let ContinuationToken;
  do {
    const page = await aws("s3", "ListObjectsV2", { Bucket, Prefix: "models/", ...(ContinuationToken ? { ContinuationToken } : {}) });
    for (const { Key } of page.Contents ?? []) {
      const name = /^models\/([^/]+)\/manifest\.json$/.exec(Key)?.[1];
      if (name) names.push(name);
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return names;
}

function version(manifest, live, known) {
  const { version: name, created, dataset, task, metrics, ranking, endpoint } = manifest;
  const isLive = name === live;
  const ndcg = Object.entries(ranking?.metrics ?? {}).find(([measure]) => measure.startsWith("ndcg"));
  const first = ["accuracy", "rmse"].find((measure) => measure in metrics);
  const facts = [
    dataset.name + (dataset.synthetic ? ", SYNTHETIC" : ""), task.replaceAll("_", " "), first ? `${first} ${number(metrics[first], 3)}` : null,
    ndcg ? `${ndcg[0].toUpperCase()} ${number(ndcg[1], 3)}` : null, endpoint ? `endpoint ${endpoint.mode}` : "no endpoint",
  ];
  const back = isLive ? null : confirming("Roll back to it", `Start an execution that makes ${name} the live version?`, "Roll back", (at) => restore(name, known, at));
  return h("li", { "data-version": name }, h("div", { class: "movie" },
    h("h3", { class: "title" }, h("a", { href: linkTo(name) }, name), " ", isLive ? h("span", { class: "tag good" }, "live") : null),
    h("span", { class: "quiet" }, "made ", time(created), " · ", facts.filter(Boolean).join(" · "))), back);
}

async function restore(version, known, place) {
  try {
    const started = await aws("stepfunctions", "StartExecution", { stateMachineArn: known.state_machine, input: JSON.stringify({ restore: { version } }) });
    location.hash = linkTo(nameOf(started.executionArn));
  } catch (error) {
    show(place, failure(error));
  }
}

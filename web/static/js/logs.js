// What a state's function or training job printed, and the loss of each epoch in it.

import { aws } from "./api.js";
import { h, number, svg, table } from "./dom.js";

const JOBS = "/aws/sagemaker/TrainingJobs";
const LOSS = /epoch=(\d+).*?train \w+_(cross_entropy|rmse)\S* <loss>=([\d.eE+-]+)/;
const MOST = 400;

export const jobOf = (visit) => visit?.task?.parameters?.TrainingJobName ?? null;

export async function trainingLines(job) {
  const { logStreams } = await aws("logs", "DescribeLogStreams", { logGroupName: JOBS, logStreamNamePrefix: `${job}/` });
  const lines = [];
  for (const { logStreamName } of logStreams) lines.push(...await all({ logGroupName: JOBS, logStreamName, startFromHead: true }));
  return lines;
}

async function all(where) {
  const lines = [];
  let token;
  for (;;) {
    const page = await aws("logs", "GetLogEvents", { ...where, ...(token ? { nextToken: token } : {}) });
    lines.push(...page.events.map((event) => event.message));
    if (!page.events.length || page.nextForwardToken === token) return lines;
    token = page.nextForwardToken;
  }
}

// The lines of a function between two moments; several executions may share them.
export async function functionLines(groups, visit) {
  const arn = /:function:([^:]+)/.exec(visit.task?.parameters?.FunctionName ?? "");
  const group = arn && groups[arn[1]];
  if (!group) return null;
  const page = await aws("logs", "FilterLogEvents", {
    logGroupName: group, startTime: Date.parse(visit.from), endTime: visit.to ? Date.parse(visit.to) + 1000 : Date.now(), limit: MOST,
  });
  return page.events.map((event) => event.message.trimEnd());
}

export function losses(lines) {
  const found = new Map();
  for (const line of lines) {
    const match = LOSS.exec(line);
    if (match) found.set(Number(match[1]), { kind: match[2].replace("_", "-"), loss: Number(match[3]) });
  }
  return [...found].sort(([a], [b]) => a - b).map(([epoch, one]) => ({ epoch, ...one }));
}

export function chart(points, name) {
  const [width, height, left, bottom] = [560, 180, 56, 24];
  const values = points.map((point) => point.loss);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at) => left + (points.length > 1 ? (at / (points.length - 1)) * (width - left - 12) : 0);
  const y = (value) => 10 + (high > low ? ((high - value) / (high - low)) * (height - bottom - 16) : 0);
  const text = `${name}: ${points[0].kind} of ${points.length} epochs, from ${number(values[0])} to ${number(values.at(-1))}`;
  return h("figure", { class: "chart" },
    svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": text },
      svg("path", { class: "axis", d: `M${left},10 V${height - bottom} H${width}`, fill: "none" }),
      svg("text", { x: left - 6, y: 16, "text-anchor": "end" }, number(high, 3)),
      svg("text", { x: left - 6, y: height - bottom, "text-anchor": "end" }, number(low, 3)),
      svg("text", { x: left, y: height - 6 }, "epoch 1"), svg("text", { x: width - 4, y: height - 6, "text-anchor": "end" }, `epoch ${points.length}`),
      svg("polyline", { class: "line", points: points.map((point, at) => `${x(at)},${y(point.loss)}`).join(" ") })),
    h("figcaption", { class: "small quiet" }, text),
    h("details", {}, h("summary", {}, "As a table"), table("Loss of each epoch", ["epoch", "loss"], points.map((point) => [point.epoch + 1, point.loss]))));
}

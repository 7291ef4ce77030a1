// What a state's function or training job printed.

import { aws } from "./api.js";

const JOBS = "/aws/sagemaker/TrainingJobs";
const MOST = 500;

// How the names of the log streams of a state's training jobs begin; null where it has none.
export function streamsOf(visit) {
  const { TrainingJobName: job, HyperParameterTuningJobName: tuning } = visit?.task?.parameters ?? {};
  if (job) return `${job}/`;
  return tuning ? `${tuning}-` : null;
}

export const isTraining = (visit) => Boolean(visit.task?.parameters?.TrainingJobName);

// All lines of jobs; each reading goes on where the last one ended.
export class TrainingLog {
  constructor(prefix) {
    Object.assign(this, { prefix, streams: new Map() });
  }

  async read() {
    for (const name of await this.names()) {
      const stream = this.streams.get(name) ?? { token: undefined, lines: [] };
      this.streams.set(name, stream);
      await readOn(name, stream);
    }
    const several = this.streams.size > 1;
    return [...this.streams].flatMap(([name, { lines }]) => (several ? [`── ${name}`, ...lines] : lines));
  }

  async names() {
    const names = [];
    let nextToken;
    do {
      const page = await aws("logs", "DescribeLogStreams", {
        logGroupName: JOBS, logStreamNamePrefix: this.prefix, ...(nextToken ? { nextToken } : {}),
      });
      names.push(...page.logStreams.map((stream) => stream.logStreamName));
      nextToken = page.nextToken;
    } while (nextToken);
    return names;
  }
}

async function readOn(logStreamName, stream) {
  for (;;) {
    const page = await aws("logs", "GetLogEvents", {
      logGroupName: JOBS, logStreamName, startFromHead: true, ...(stream.token ? { nextToken: stream.token } : {}),
    });
    stream.lines.push(...page.events.map((event) => event.message.trimEnd()));
    const isEnd = page.nextForwardToken === stream.token;
    stream.token = page.nextForwardToken;
    if (isEnd) return;
  }
}

// The lines of a function between two moments, which several executions may share; null for a state without a function.
export async function functionLines(groups, visit) {
  const name = /:function:([^:]+)/.exec(visit.task?.parameters?.FunctionName ?? "")?.[1];
  const logGroupName = name && groups[name];
  if (!logGroupName) return null;
  const lines = [];
  let nextToken;
  do {
    const page = await aws("logs", "FilterLogEvents", {
      logGroupName, startTime: Date.parse(visit.from), ...(visit.to ? { endTime: Date.parse(visit.to) + 1000 } : {}),
      limit: MOST, ...(nextToken ? { nextToken } : {}),
    });
    lines.push(...page.events.map((event) => event.message.trimEnd()));
    nextToken = page.nextToken;
  } while (nextToken && lines.length < MOST);
  return lines;
}

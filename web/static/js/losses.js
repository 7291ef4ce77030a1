// The loss per epoch of every training job of an execution, as it is printed.

import { h, show } from "./dom.js";
import { LossChart, lossesIn } from "./chart.js";
import { isTraining, streamsOf, TrainingLog } from "./logs.js";

export class Losses {
  constructor() {
    Object.assign(this, { jobs: new Map(), place: h("div", { class: "columns even" }) });
    this.element = h("section", { hidden: true }, h("h2", {}, "Loss per epoch"), this.place);
  }

  async update(visits) {
    for (const visit of visits.filter(isTraining)) {
      const prefix = streamsOf(visit);
      if (!this.jobs.has(prefix)) this.jobs.set(prefix, { log: new TrainingLog(prefix), chart: new LossChart(visit.name), isWhole: false });
      await this.read(this.jobs.get(prefix), visit.status !== "running");
    }
    const drawn = [...this.jobs.values()].filter((job) => job.chart.known).map((job) => job.chart.element);
    if (drawn.length !== this.place.childElementCount) show(this.place, drawn);
    this.element.hidden = !drawn.length;
  }

  async read(job, isEnded) {
    if (job.isWhole) return;
    const points = lossesIn(await job.log.read());
    if (points.length) job.chart.update(points);
    // What was printed last may come a moment after the end.
    job.isWhole = isEnded && job.wasEnded;
    job.wasEnded = isEnded;
  }
}

// The state machine's executions, the newest first, as they go.

import { aws, config } from "../api.js";
import { empty, h, show } from "../dom.js";
import { failure } from "../failure.js";
import { linkTo } from "../links.js";
import { poll } from "../poll.js";
import { scroll } from "../table.js";
import { tag, time, took } from "../words.js";

const POLL_MS = 2000, PAGE = 25;

export async function open(place) {
  const { state_machine: machine } = await config();
  const view = new Executions(machine);
  show(place, h("div", { class: "title" }, h("h1", {}, "Executions"), h("a", { class: "button main", href: "#/executions/start" }, "Start an execution")),
    view.trouble, view.list, view.more);
  await view.load();
  return poll(() => view.load(), POLL_MS);
}

class Executions {
  constructor(machine) {
    Object.assign(this, { machine, known: [], token: undefined, hasRead: false, list: h("div", {}), trouble: h("div", {}) });
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.load(this.token) }, "Older ones");
  }

  async load(nextToken) {
    try {
      const page = await aws("stepfunctions", "ListExecutions", { stateMachineArn: this.machine, maxResults: PAGE, ...(nextToken ? { nextToken } : {}) });
      const arns = new Set(page.executions.map((one) => one.executionArn));
      const others = this.known.filter((one) => !arns.has(one.executionArn));
      this.known = nextToken ? [...others, ...page.executions] : [...page.executions, ...others];
      if (nextToken || !this.hasRead) this.token = page.nextToken;
      this.hasRead = true;
      show(this.trouble);
      this.draw();
    } catch (error) {
      show(this.trouble, failure(error));
    }
    return true;
  }

  draw() {
    this.more.hidden = !this.token;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    show(this.list, this.known.length ? rows(this.known) : empty("None yet. ", h("a", { href: "#/executions/start" }, "Start one"), ": with an empty form it runs the blog post's job."));
    if (focused) [...this.list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

function rows(executions) {
  return h("div", { class: "card" }, scroll("Executions", h("table", { class: "wide" },
    h("thead", {}, h("tr", {}, ["name", "status", "started", "took"].map((head) => h("th", { scope: "col", class: head === "took" ? "number" : null }, head)))),
    h("tbody", {}, executions.map((one) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: linkTo(one.name) }, one.name)),
      h("td", {}, tag(one.status)), h("td", {}, time(one.startDate)), h("td", { class: "number" }, took(one.startDate, one.stopDate))))))));
}

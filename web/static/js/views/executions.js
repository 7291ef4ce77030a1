// The state machine's executions, the newest first.

import { aws, config } from "../api.js";
import { h, seconds, show, tag, time } from "../dom.js";

const POLL_MS = 3000;

export async function open(place) {
  const { state_machine: machine } = await config();
  const list = h("div", {});
  const more = h("button", { type: "button", hidden: true, onclick: () => load(true) }, "Older ones");
  let known = [], token;
  show(place, h("h1", {}, "Executions"), h("p", {}, h("a", { href: "#/executions/start" }, "Start an execution")), list, more);

  async function load(older = false) {
    const page = await aws("stepfunctions", "ListExecutions", {
      stateMachineArn: machine, maxResults: 25, ...(older && token ? { nextToken: token } : {}),
    });
    known = older ? [...known, ...page.executions] : merged(page.executions, known);
    if (older || token === undefined) token = page.nextToken;
    more.hidden = !token;
    show(list, known.length ? rows(known) : h("p", { class: "quiet" }, "None yet: start one, and watch it."));
  }

  await load();
  const timer = setInterval(() => load().catch(() => {}), POLL_MS);
  return () => clearInterval(timer);
}

const merged = (fresh, known) => [...fresh, ...known.filter((old) => !fresh.some((one) => one.executionArn === old.executionArn))];

function rows(executions) {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Executions" }, h("table", {},
    h("thead", {}, h("tr", {}, ["name", "status", "started", "took"].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, executions.map((one) => h("tr", {},
      h("td", {}, h("a", { href: `#/executions/${encodeURIComponent(one.name)}` }, one.name)),
      h("td", {}, tag(one.status)), h("td", {}, time(one.startDate)), h("td", { class: "number" }, seconds(one.startDate, one.stopDate)))))));
}

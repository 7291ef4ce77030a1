// Hash routes: each view fills <main>, and gives back what is to be done when it is left.

import { config } from "./api.js";
import { failure, h, show } from "./dom.js";
import * as execution from "./views/execution.js";
import * as executions from "./views/executions.js";
import * as model from "./views/model.js";
import * as newUser from "./views/new_user.js";
import * as recommend from "./views/recommend.js";
import * as start from "./views/start.js";

const ROUTES = [
  [/^\/recommend(?:\/(.+))?$/, recommend, "Recommend"],
  [/^\/new-user$/, newUser, "New user"],
  [/^\/executions\/start$/, start, "Executions"],
  [/^\/executions\/(.+)$/, execution, "Executions"],
  [/^\/executions$/, executions, "Executions"],
  [/^\/model$/, model, "Model"],
];

let leave = () => {};
let turn = 0;

async function go() {
  const main = document.getElementById("main");
  const path = location.hash.slice(1) || "/recommend";
  const [match, view, name] = ROUTES.map(([pattern, ...rest]) => [pattern.exec(path), ...rest]).find(([found]) => found) ?? [];
  leave();
  leave = () => {};
  const mine = (turn += 1);
  mark(name);
  if (!view) {
    show(main, h("h1", {}, "No such view"), h("p", {}, h("a", { href: "#/recommend" }, "Recommend"), " is one."));
    return;
  }
  const place = h("div", {});
  show(main, place);
  try {
    const ended = await view.open(place, match[1] ? decodeURIComponent(match[1]) : "");
    if (mine === turn) leave = ended ?? (() => {});
    else ended?.();
  } catch (error) {
    place.append(failure(error));
  }
}

function mark(name) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.textContent === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = name ? `${name} – Movie recommender` : "Movie recommender";
}

addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#/")) return;
  go();
  document.getElementById("main").focus({ preventScroll: true });
  scrollTo(0, 0);
});
go();
config().then((known) => {
  document.getElementById("stage").textContent = known.local ? `${known.stage}, local AWS` : `${known.stage}, ${known.region}`;
}, () => {});

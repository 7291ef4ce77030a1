// What went wrong, and what to do about it.

import { config } from "./api.js";
import { h } from "./dom.js";

const SERVER = "The page's own server does not answer. Was it stopped? Start it again with make serve, or make web, and open the address it prints.";
const LOCAL = "The local AWS does not answer: it was stopped. Start it again with make serve, and open the address it prints.";
const NO_ANSWER = /EndpointConnection|ConnectTimeout|Connection(Refused|Reset|Closed|Aborted)|RemoteDisconnected|URLError/;

export function failure(error) {
  const words = h("p", {}, error.message);
  const notice = h("div", { class: "notice bad", role: "alert" }, words);
  if (error.status === 503) {
    notice.append(h("p", {}, h("a", { href: "#/executions/start" }, "Start an execution"), ": it trains a model and publishes the first version. Then come back."));
  } else if (error.status === 0) words.textContent = SERVER;
  else if (NO_ANSWER.test(error.code)) tellWho(words, error);
  return notice;
}

async function tellWho(words, error) {
  const { local } = await config().catch(() => ({ local: false }));
  words.textContent = local ? LOCAL : `AWS does not answer: ${error.message}`;
}

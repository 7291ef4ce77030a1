// What is shown by the address: `#/recommend/13`.

import { config } from "./api.js";
import { h, show } from "./dom.js";
import { Router } from "./router.js";
import * as execution from "./views/execution.js";
import * as executions from "./views/executions.js";
import * as model from "./views/model.js";
import * as newUser from "./views/new-user.js";
import * as recommend from "./views/recommend.js";
import * as start from "./views/start.js";

new Router(document.getElementById("main"), [
  [/^\/recommend(?:\/(.+))?$/, recommend, "Recommend"],
  [/^\/new-user$/, newUser, "New user"],
  [/^\/executions\/start(?:\/(.+))?$/, start, "Executions"],
  [/^\/executions\/of\/(.+)$/, execution, "Executions"],
  [/^\/executions$/, executions, "Executions"],
  [/^\/model$/, model, "Model"],
]).begin();

config().then(({ stage, region, local }) => {
  show(document.getElementById("stage"), h("strong", {}, stage), ` ${local ? "local AWS" : region}`);
}, () => {});

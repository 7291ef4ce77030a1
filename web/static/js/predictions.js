// What the model of likes says of a user's movies, and a threshold to move.

import { api } from "./api.js";
import { failure, h, labelled, number, show } from "./dom.js";

export function predictions(user, items) {
  const place = h("div", {}, h("p", { class: "quiet" }, "Asking for predictions …"));
  load(place, user, items);
  return h("section", {}, h("h2", {}, "Would they like it?"), place);
}

async function load(place, user, items) {
  try {
    const { users } = await api.get("/users", { prefix: user, n: 1 });
    const pairs = items.map((item) => ({ user: users[0]?.user ?? user, item: item.item }));
    draw(place, await api.post("/predictions", { pairs }));
  } catch (error) {
    show(place, failure(error));
  }
}

function draw(place, answer) {
  const by = answer.source === "endpoint" ? "by the SageMaker endpoint" : `by the artifact's own maths: ${answer.reason ?? "no endpoint"}`;
  const words = h("p", { class: "quiet small" }, `Predicted ${by}.`);
  if (answer.threshold === null) {
    show(place, words, h("ul", {}, answer.predictions.map((one) => h("li", {}, `${one.title}: ${number(one.score, 2)}`))));
    return;
  }
  const slider = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: answer.threshold });
  const value = h("output", { for: "threshold" });
  const rows = answer.predictions.map((one) => ({ one, label: h("td", {}) }));
  const move = () => {
    value.textContent = Number(slider.value).toFixed(2);
    for (const { one, label } of rows) {
      const likes = one.score >= Number(slider.value);
      show(label, h("span", { class: `tag ${likes ? "good" : "bad"}` }, likes ? "like" : "no like"));
    }
  };
  slider.id = "threshold";
  slider.addEventListener("input", move);
  move();
  show(place, words,
    h("div", { class: "bar" }, labelled(`Threshold (the model's own is ${number(answer.threshold, 2)})`, slider), value),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Predictions" }, h("table", {},
      h("thead", {}, h("tr", {}, ["movie", "score", "predicted"].map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map(({ one, label }) => h("tr", {}, h("td", {}, one.title), h("td", { class: "number" }, number(one.score)), label))))));
}

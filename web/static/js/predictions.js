// What the model of likes says of a user's movies, and a threshold to move.

import { api } from "./api.js";
import { fresh, h, show } from "./dom.js";
import { failure } from "./failure.js";
import { scroll, table } from "./table.js";
import { number, plural } from "./words.js";

// groups: [[why they are shown, items]].
export function predictions(user, groups) {
  const place = h("div", {}, h("p", { class: "empty" }, "Asking for predictions …"));
  const shown = groups.flatMap(([why, items]) => items.map((item) => ({ why, item })));
  load(place, user, shown);
  return h("section", { class: "card" }, h("h2", {}, "Would they like it?"), place);
}

async function load(place, user, shown) {
  if (!shown.length) return show(place, h("p", { class: "empty" }, "No movies to predict."));
  try {
    const answer = await api.post("/predictions", { pairs: shown.map(({ item }) => ({ user, item: item.item })) });
    const rows = answer.predictions.map((one, at) => ({ ...one, why: shown[at].why }));
    const by = answer.source === "endpoint" ? "By the SageMaker endpoint." : `By the artifact's own maths: ${answer.reason ?? "no endpoint"}.`;
    const words = h("p", { class: "quiet" }, by, " Recommendations are ranked by another question: what is liked among all movies.");
    show(place, words, answer.threshold === null
      ? table("Predicted ratings", ["movie", "shown as", "rating"], rows.map((one) => [one.title, one.why, number(one.score, 2)]), { hidden: true })
      : new Threshold(answer.threshold, rows).elements);
  } catch (error) {
    show(place, failure(error));
  }
}

class Threshold {
  constructor(own, rows) {
    this.own = own;
    this.rows = rows.map((one) => ({ one, bar: meter(one.score), label: h("td", {}) }));
    this.value = h("output", {});
    this.slider = h("input", { type: "range", id: fresh("threshold"), min: 0, max: 1, step: 0.01, value: own, oninput: () => this.move() });
    this.reset = h("button", { type: "button", onclick: () => { this.slider.value = this.own; this.move(); } }, `Back to the model's ${number(own, 2)}`);
    this.elements = [
      h("div", { class: "bar threshold" }, h("div", { class: "field" }, h("label", { for: this.slider.id }, "Threshold"), this.slider), this.value, this.reset),
      scroll("Predictions", h("table", { class: "wide predictions" },
        h("thead", {}, h("tr", {}, ["movie", "shown as", "probability of a like", "predicted"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, this.rows.map(({ one, bar, label }) => h("tr", {}, h("th", { scope: "row" }, one.title), h("td", { class: "quiet" }, one.why),
          h("td", {}, bar), label))))),
    ];
    this.move();
  }

  move() {
    const at = Number(this.slider.value);
    let likes = 0;
    for (const { one, bar, label } of this.rows) {
      const isLike = one.score >= at;
      likes += isLike;
      bar.style.setProperty("--threshold", `${100 * at}%`);
      bar.classList.toggle("reached", isLike);
      show(label, h("span", { class: `tag ${isLike ? "good" : ""}` }, isLike ? "like" : "no like"));
    }
    this.value.textContent = `${at.toFixed(2)}: ${likes} of ${plural(this.rows.length, "movie")} predicted as liked`;
    this.reset.disabled = Math.abs(at - this.own) < 0.005;
  }
}

function meter(score) {
  const bar = h("div", { class: "meter" }, h("span", { class: "fill", "aria-hidden": "true" }), h("span", { class: "figure" }, number(score, 3)));
  bar.style.setProperty("--score", `${100 * score}%`);
  return bar;
}

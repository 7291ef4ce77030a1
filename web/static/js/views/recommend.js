// Pick a user: what they liked, what they would like and why, and what the model predicts of their movies.

import { api, inPath } from "../api.js";
import { empty, h, labelled, say, show } from "../dom.js";
import { failure } from "../failure.js";
import { Filters } from "../filters.js";
import { plainList, recommended, source, synthetic } from "../items.js";
import { predictions } from "../predictions.js";
import { number, plural } from "../words.js";

const SHOWN = 12, PAUSE_MS = 150;

export async function open(place, user) {
  const model = await api.get("/model");
  const view = new Recommend(model, user);
  show(place, h("h1", {}, "Recommend"), synthetic(model.dataset), view.form, view.found);
  await view.suggest();
  if (user) await view.ask();
  else view.invite();
  return () => clearTimeout(view.waiting);
}

class Recommend {
  constructor(model, user) {
    Object.assign(this, { model, turn: 0, found: h("div", {}), suggestions: h("datalist", { id: "users" }) });
    this.input = h("input", { list: "users", value: user, autocomplete: "off", required: true, size: 12, oninput: () => this.typed() });
    this.filters = new Filters(model.genres, () => this.input.value && this.ask());
    this.form = h("form", { class: "bar card", onsubmit: (event) => { event.preventDefault(); this.ask(); } },
      labelled("User", this.input), this.suggestions, this.filters.elements, h("button", { class: "main" }, "Recommend"));
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.suggest(), PAUSE_MS);
  }

  async suggest() {
    try {
      const { users } = await api.get("/users", { prefix: this.input.value.trim(), n: 20 });
      this.users = users;
      show(this.suggestions, users.map(({ user, ratings }) => h("option", { value: user }, plural(ratings, "rating"))));
    } catch { /* suggestions only: asking will say what is wrong */ }
  }

  invite() {
    const some = (this.users ?? []).slice(0, 10).map(({ user, ratings }) => h("li", {},
      h("a", { class: "chip", href: `#/recommend/${encodeURIComponent(user)}` }, `User ${user}`, h("span", { class: "quiet" }, ` ${plural(ratings, "rating")}`))));
    show(this.found, h("section", { class: "card" }, h("h2", {}, "Who is it for?"),
      h("p", {}, `Type the id of one of ${plural(this.model.users, "user")}, pick one here, or `, h("a", { href: "#/new-user" }, "be a new user"), "."),
      h("ul", { class: "chips" }, some)));
  }

  async ask() {
    const user = this.input.value.trim(), filters = this.filters.value;
    if (!user || !filters) return;
    const mine = (this.turn += 1);
    say("Asking …");
    try {
      const path = `/users/${inPath(user)}`;
      const [answer, details] = await Promise.all([
        api.get(`${path}/recommendations`, { n: 10, ...filters, explain: true }), api.get(path),
      ]);
      if (mine !== this.turn) return;
      this.draw(user, answer, details);
      history.replaceState(null, "", `#/recommend/${encodeURIComponent(user)}`);
      say(answer.known ? `${plural(answer.items.length, "recommendation")} for user ${user}` : `User ${user} is not known: popular movies`);
    } catch (error) {
      if (mine !== this.turn) return;
      show(this.found, failure(error));
      say("");
    }
  }

  draw(user, answer, { user: id, likes, ratings }) {
    const title = answer.known ? `For user ${user}` : `User ${user} is not known`;
    show(this.found, h("div", { class: "columns" },
      h("section", { class: "card" }, h("h2", {}, title), source(answer),
        answer.items.length ? recommended(answer) : empty("No movie is left with these filters. Choose another genre or an earlier year.")),
      h("section", { class: "card" }, h("h2", {}, `Liked by user ${user}`), liked(likes, ratings))),
    answer.known ? predictions(id, [["recommended", answer.items], ["liked", likes.slice(0, SHOWN)]]) : null);
  }
}

function liked(likes, ratings) {
  if (!likes.length) return empty("Nothing that the model knows of.");
  const rest = likes.slice(SHOWN);
  return [
    h("p", { class: "quiet" }, `${plural(likes.length, "like")} among ${plural(ratings, "rating")} in training.`),
    plainList(likes.slice(0, SHOWN)),
    rest.length ? h("details", {}, h("summary", {}, `${number(rest.length)} more`), plainList(rest)) : null,
  ];
}

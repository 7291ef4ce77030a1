// Somebody the model never saw: like a few movies, get recommendations at once.

import { api } from "../api.js";
import { empty, h, labelled, say, show } from "../dom.js";
import { failure } from "../failure.js";
import { Filters } from "../filters.js";
import { plainList, recommended, source, synthetic } from "../items.js";
import { plural } from "../words.js";

const PAUSE_MS = 150;
const chosen = new Map(); // id → {item, isLiked}: kept while the page is open

export async function open(place) {
  const model = await api.get("/model");
  const view = new NewUser(model);
  show(place, h("h1", {}, "Be a new user"), synthetic(model.dataset), view.element);
  await Promise.all([view.search(), view.ask()]);
  return () => clearTimeout(view.waiting);
}

class NewUser {
  constructor(model) {
    Object.assign(this, { asked: 0, searched: 0, found: h("div", {}), mine: h("div", {}), answer: h("div", {}) });
    this.input = h("input", { type: "search", autocomplete: "off", placeholder: "a word of the title", oninput: () => this.typed() });
    this.filters = new Filters(model.genres, () => this.ask());
    this.element = h("div", { class: "columns even" },
      h("section", { class: "card" }, h("h2", {}, "Movies"), labelled("Search movies", this.input, { class: "field wide" }), this.found),
      h("div", {},
        h("section", { class: "card" }, h("h2", {}, "Your choices"), this.mine),
        h("section", { class: "card" }, h("h2", {}, "Recommended to you"), h("div", { class: "bar" }, this.filters.elements), this.answer)));
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.search(), PAUSE_MS);
  }

  async search() {
    const turn = (this.searched += 1), text = this.input.value.trim();
    try {
      const { items, total } = await api.get("/items", { search: text, n: 15 });
      if (turn !== this.searched) return;
      const told = text ? `${plural(total, "movie")} found` : "The most rated";
      show(this.found, h("p", { class: "quiet", role: "status" }, total > items.length && text ? `${told}, the ${items.length} most rated shown` : told),
        items.length ? plainList(items, (item) => this.buttons(item)) : empty("No title has these words."));
    } catch (error) {
      if (turn === this.searched) show(this.found, failure(error));
    }
  }

  buttons(item) {
    const button = (label, isLiked) => h("button", {
      type: "button", "aria-label": `${label}: ${item.title}`, "data-item": String(item.item), "data-liked": String(isLiked),
      "aria-pressed": String(chosen.get(item.item)?.isLiked === isLiked), onclick: () => this.choose(item, isLiked),
    }, label);
    return h("div", { class: "choice" }, button("Like", true), button("Dislike", false));
  }

  choose(item, isLiked) {
    if (chosen.get(item.item)?.isLiked === isLiked) chosen.delete(item.item);
    else chosen.set(item.item, { item, isLiked });
    this.changed();
  }

  remove(item) {
    chosen.delete(item.item);
    this.changed();
    (this.mine.querySelector("button") ?? this.input).focus();
  }

  changed() {
    for (const button of this.found.querySelectorAll("[data-item]")) {
      const one = [...chosen.values()].find(({ item }) => String(item.item) === button.dataset.item);
      button.setAttribute("aria-pressed", String(one !== undefined && String(one.isLiked) === button.dataset.liked));
    }
    this.ask();
  }

  async ask() {
    const turn = (this.asked += 1), choices = [...chosen.values()], filters = this.filters.value;
    show(this.mine, choices.length ? h("ul", { class: "chips" }, choices.map((one) => this.chip(one))) : empty("None yet."));
    if (!choices.length) return show(this.answer, empty("Like a movie to begin. Three or four say a lot."));
    if (!filters) return;
    const ids = (isLiked) => choices.filter((one) => one.isLiked === isLiked).map((one) => one.item.item);
    try {
      const answer = await api.post("/recommendations", { liked: ids(true), disliked: ids(false), n: 10, ...filters });
      if (turn !== this.asked) return;
      show(this.answer, source(answer), answer.items.length ? recommended(answer) : empty("No movie is left with these filters."));
      say(`${plural(answer.items.length, "recommendation")} from ${plural(choices.length, "movie")}`);
    } catch (error) {
      if (turn === this.asked) show(this.answer, failure(error));
    }
  }

  chip({ item, isLiked }) {
    return h("li", {}, h("span", { class: "chip" }, h("span", { class: `tag ${isLiked ? "good" : "bad"}` }, isLiked ? "liked" : "disliked"), ` ${item.title} `,
      h("button", { type: "button", class: "remove", "aria-label": `Remove ${item.title}`, onclick: () => this.remove(item) }, "×")));
  }
}

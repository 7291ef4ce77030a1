// Somebody the model never saw: like a few movies, get recommendations at once.

import { api } from "../api.js";
import { failure, h, labelled, say, show } from "../dom.js";
import { plainList, recommended, source } from "../items.js";
import { synthetic } from "./recommend.js";

const CHOSEN = new Map();
const PAUSE_MS = 200;

export async function open(place) {
  const model = await api.get("/model");
  const input = h("input", { type: "search", autocomplete: "off", size: 24 });
  const parts = { found: h("div", {}), chosen: h("div", {}), answer: h("div", {}) };
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => search(input.value.trim(), parts), PAUSE_MS);
  });
  show(place, h("h1", {}, "Be a new user"), synthetic(model), h("p", {}, "Like or dislike a few movies; recommendations follow at once."),
    h("div", { class: "columns" },
      h("section", {}, h("h2", {}, "Recommended to you"), parts.answer),
      h("section", {}, h("h2", {}, "Your movies"), parts.chosen, labelled("Search movies", input), parts.found)));
  await Promise.all([search("", parts), update(parts)]);
  return () => clearTimeout(waiting);
}

async function search(text, parts) {
  try {
    const { items, total } = await api.get("/items", { search: text, n: 12 });
    const told = text ? `${total.toLocaleString("en")} found` : "The most rated";
    show(parts.found, h("p", { class: "quiet small" }, told), plainList(items, (item) => buttons(item, parts)));
  } catch (error) {
    show(parts.found, failure(error));
  }
}

function buttons(item, parts) {
  const button = (text, liked) => h("button", {
    type: "button", "aria-label": `${text}: ${item.title}`, "aria-pressed": String(CHOSEN.get(item.item)?.liked === liked),
    onclick: (event) => {
      if (CHOSEN.get(item.item)?.liked === liked) CHOSEN.delete(item.item);
      else CHOSEN.set(item.item, { item, liked });
      for (const each of event.target.parentElement.children) each.setAttribute("aria-pressed", "false");
      event.target.setAttribute("aria-pressed", String(CHOSEN.get(item.item)?.liked === liked));
      update(parts);
    },
  }, text);
  return h("div", { class: "bar" }, button("Like", true), button("Dislike", false));
}

async function update(parts) {
  const chosen = [...CHOSEN.values()];
  show(parts.chosen, chosen.length ? h("ul", { class: "cards" }, chosen.map(({ item, liked }) => h("li", { class: "card" },
    h("span", { class: `tag ${liked ? "good" : "bad"}` }, liked ? "liked" : "disliked"), " ", item.title, " ",
    h("button", { type: "button", "aria-label": `Remove ${item.title}`, onclick: () => { CHOSEN.delete(item.item); update(parts); } }, "Remove"))))
    : h("p", { class: "quiet" }, "None yet."));
  if (!chosen.length) {
    show(parts.answer, h("p", { class: "quiet" }, "Like a movie to begin."));
    return;
  }
  const ids = (liked) => chosen.filter((one) => one.liked === liked).map((one) => one.item.item);
  try {
    const answer = await api.post("/recommendations", { liked: ids(true), disliked: ids(false), n: 10 });
    show(parts.answer, source(answer), recommended(answer));
    say(`${answer.items.length} recommendations from ${chosen.length} movies`);
  } catch (error) {
    show(parts.answer, failure(error));
  }
}

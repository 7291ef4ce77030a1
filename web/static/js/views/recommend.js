// Pick a user: what they liked, what they would like and why, and what the model predicts of their movies.

import { api, inPath } from "../api.js";
import { failure, h, labelled, say, show } from "../dom.js";
import { plainList, recommended, source } from "../items.js";
import { predictions } from "../predictions.js";

export async function open(place, user) {
  const model = await api.get("/model");
  const input = h("input", { list: "users", value: user, autocomplete: "off", required: true, size: 14 });
  const suggestions = h("datalist", { id: "users" });
  const genre = h("select", {}, h("option", { value: "" }, "any"), model.genres.map((name) => h("option", {}, name)));
  const year = h("input", { type: "number", min: 1870, max: 2100, placeholder: "any", size: 6 });
  const explain = h("input", { type: "checkbox" });
  const found = h("div", {});
  const ask = () => answer(found, input.value.trim(), { genre: genre.value, min_year: year.value, explain: explain.checked });
  const form = h("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); ask(); } },
    labelled("User", input), suggestions, labelled("Genre", genre), labelled("From year", year), labelled("Explain scores", explain),
    h("button", { class: "main" }, "Recommend"));
  input.addEventListener("input", () => suggest(input.value.trim(), suggestions));
  for (const changed of [genre, year, explain]) changed.addEventListener("change", () => input.value && ask());
  show(place, h("h1", {}, "Recommend"), synthetic(model), form, found);
  await suggest("", suggestions);
  if (user) await ask();
  else show(found, h("p", { class: "quiet" }, `Type one of ${model.users.toLocaleString("en")} users, or `, h("a", { href: "#/new-user" }, "be a new one"), "."));
}

export const synthetic = (model) => (model.dataset.synthetic
  ? h("p", { class: "notice busy" }, "SYNTHETIC DATA: users, movies and ratings are made up.") : null);

async function suggest(prefix, suggestions) {
  try {
    const { users } = await api.get("/users", { prefix, n: 20 });
    show(suggestions, users.map(({ user, ratings }) => h("option", { value: user, label: `${user}: ${ratings} ratings` })));
  } catch { /* suggestions only */ }
}

async function answer(found, user, filters) {
  if (!user) return;
  say("Asking …");
  try {
    const path = `/users/${inPath(user)}`;
    const [answered, details] = await Promise.all([
      api.get(`${path}/recommendations`, { n: 10, ...filters, explain: filters.explain ? "true" : "" }), api.get(path),
    ]);
    show(found, h("div", { class: "columns" },
      h("section", {}, h("h2", {}, answered.known ? `For user ${user}` : `User ${user} is not known`), source(answered),
        answered.items.length ? recommended(answered) : h("p", {}, "Nothing is left with these filters.")),
      h("section", {}, h("h2", {}, `Liked by user ${user}`), liked(details))),
    answered.known ? predictions(user, [...answered.items.slice(0, 5), ...details.likes.slice(0, 5)]) : null);
    say(`${answered.items.length} recommendations for user ${user}`);
    history.replaceState(null, "", `#/recommend/${encodeURIComponent(user)}`);
  } catch (error) {
    show(found, failure(error));
    say(error.message);
  }
}

function liked(details) {
  if (!details.likes.length) return h("p", { class: "quiet" }, "Nothing that is known.");
  const rest = details.likes.slice(12);
  return [
    h("p", { class: "quiet small" }, `${details.ratings} ratings, ${details.likes.length} likes in training.`),
    plainList(details.likes.slice(0, 12)),
    rest.length ? h("details", {}, h("summary", {}, `${rest.length} more`), plainList(rest)) : null,
  ];
}

// Lists of movies: what is recommended and why.

import { h, number, table } from "./dom.js";

const about = (item) => [item.year, item.genres.join(", ")].filter(Boolean).join(" · ");

export function plainList(items, extra = () => null) {
  return h("ul", { class: "cards" }, items.map((item) => h("li", { class: "card" },
    h("span", {}, item.title), " ", h("span", { class: "quiet small" }, about(item)), extra(item))));
}

export function recommended(answer) {
  return h("ol", { class: "cards", "data-list": "recommendations" }, answer.items.map((item, at) => h("li", { class: "card" },
    h("h3", {}, h("span", { class: "rank" }, `${at + 1}. `), item.title),
    h("p", { class: "quiet small" }, about(item)),
    h("p", { class: "small" }, score(item, answer.source)),
    item.because.length ? h("p", { class: "small" }, "Because of ", because(item.because)) : null,
    item.explanation ? explained(item.explanation) : null)));
}

const score = (item, source) => [
  source === "popular" ? "one of the most rated" : `score ${number(item.score)}`,
  `no. ${number(item.popularity_rank)} by popularity`,
].join(" · ");

const because = (items) => items.map((item, at) => [
  at ? ", " : "", h("strong", {}, item.title), ` (${number(item.similarity, 2)})`,
]);

// The parts sum to the raw score exactly.
function explained(explanation) {
  const feature = (share) => (share.others ? `${share.others} other features` : `column ${share.feature}`);
  const rows = [
    ["bias", "", explanation.bias],
    ...explanation.linear.map((share) => [share.block, feature(share), share.contribution]),
    ...explanation.pairs.map((pair) => [pair.blocks.join(" × "), "pairs", pair.contribution]),
    ["sum", "raw score, before the sigmoid", explanation.score],
  ].map((row) => [row[0], row[1], number(row[2] + 0, 4)]);
  return h("details", { class: "small" }, h("summary", {}, "What makes up the score"),
    table("Contributions to the raw score", ["part", "of", "adds"], rows));
}

const SOURCES = {
  ranking: "by the ranking model",
  like: "by the model of likes: no ranking model was trained",
  popular: "the most rated movies: the model does not know this user",
  "fold-in": "by a vector made from your likes just now; nothing was trained",
};
export const source = (answer) => h("p", { class: "quiet small" }, `Version ${answer.model}, ${SOURCES[answer.source] ?? answer.source}.`);

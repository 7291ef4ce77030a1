// Lists of movies: what is recommended and why.

import { h } from "./dom.js";
import { table } from "./table.js";
import { number, signed } from "./words.js";

const year = (item) => (item.year && !item.title.includes(`(${item.year})`) ? item.year : null);
export const about = (item) => [year(item), item.genres.join(", ")].filter(Boolean).join(" · ");

export function plainList(items, extra = () => null) {
  return h("ul", { class: "rows" }, items.map((item) => h("li", {},
    h("div", { class: "movie" }, h("span", { class: "title" }, item.title), h("span", { class: "quiet" }, about(item))), extra(item))));
}

export function recommended(answer) {
  return h("ol", { class: "rows ranked", "data-list": "recommendations" }, answer.items.map((item) => h("li", {},
    h("div", { class: "movie" }, h("h3", { class: "title" }, item.title), h("span", { class: "quiet" }, about(item)),
      item.because.length ? h("p", { class: "because" }, "Because of ", because(item.because)) : null,
      item.explanation ? explained(item) : null),
    figures(item))));
}

function figures(item) {
  const isScored = item.score !== null;
  return h("dl", { class: "figures" },
    isScored ? h("div", {}, h("dt", {}, "score"), h("dd", {}, number(item.score, 3))) : null,
    h("div", {}, h("dt", {}, "popularity"), h("dd", {}, `no. ${number(item.popularity_rank)}`)));
}

const because = (items) => items.map((item, at) => [
  at ? ", " : "", h("span", { class: "liked" }, item.title), h("span", { class: "quiet" }, ` ${number(item.similarity, 2)}`),
]);

// The parts add up to the raw score exactly.
function explained({ title, explanation }) {
  const feature = (share) => (share.others ? `${share.others} other features` : `column ${share.feature}`);
  const rows = [
    ["bias", "of every score", explanation.bias],
    ...explanation.linear.map((share) => [share.block, feature(share), share.contribution]),
    ...explanation.pairs.map((pair) => [pair.blocks.join(" × "), "together", pair.contribution]),
  ].map(([part, of, adds]) => [part, of, figure(signed(adds))]);
  return h("details", { class: "why" }, h("summary", {}, "What makes up the score"),
    table(`Contributions to the raw score of ${title}`, ["part", "", figure("adds")], [...rows, ["sum", "before the sigmoid", figure(number(explanation.score))]], { hidden: true }));
}

const figure = (text) => h("span", { class: "figure" }, text);

const SOURCES = {
  ranking: "Ranked by the ranking model.",
  like: "Ranked by the model of likes: this version has no ranking model.",
  popular: "The model does not know this user, so these are the most rated movies.",
  "fold-in": "Ranked by a vector made from your choices a moment ago; nothing was trained.",
};
export const source = (answer) => h("p", { class: "quiet" }, SOURCES[answer.source] ?? answer.source, " Version ", h("code", {}, answer.model), ".");

export const synthetic = (dataset) => (dataset.synthetic
  ? h("p", { class: "notice loud", role: "note" }, "SYNTHETIC DATA: these users, movies and ratings are made up.") : null);

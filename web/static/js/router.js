// Hash routes. A view fills the place it is given, and gives back what is to be done when it is left.

import { h, say, show } from "./dom.js";
import { failure } from "./failure.js";

export class Router {
  // routes: [pattern, view with open(place, argument, isGone), name of its link].
  constructor(main, routes) {
    Object.assign(this, { main, routes, turn: 0, leave: () => {} });
  }

  begin() {
    addEventListener("hashchange", () => {
      if (!location.hash.startsWith("#/")) return; // of the skip link
      this.go();
      this.main.focus({ preventScroll: true });
      scrollTo(0, 0);
    });
    this.go();
  }

  async go() {
    const path = location.hash.slice(1) || "/recommend";
    const [match, view, name] = this.find(path);
    const mine = (this.turn += 1);
    this.leave();
    this.leave = () => {};
    say("");
    mark(name);
    const place = h("div", {});
    show(this.main, place);
    if (!view) return show(place, h("h1", {}, "No such page"), h("p", {}, "Go to ", h("a", { href: "#/recommend" }, "Recommend"), "."));
    const waiting = setTimeout(() => { if (!place.firstChild) show(place, h("p", { class: "empty" }, "Loading …")); }, 300);
    try {
      const left = await view.open(place, match[1] ? decoded(match[1]) : "", () => mine !== this.turn) ?? (() => {});
      if (mine === this.turn) this.leave = left;
      else left();
    } catch (error) {
      show(place, h("h1", {}, name), failure(error));
    } finally {
      clearTimeout(waiting);
    }
  }

  find(path) {
    for (const [pattern, view, name] of this.routes) {
      const match = pattern.exec(path);
      if (match) return [match, view, name];
    }
    return [];
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mark(name) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.textContent === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = name ? `${name} – Movie recommender` : "Movie recommender";
}

// Genre and year: what recommendations are narrowed by.

import { h, labelled } from "./dom.js";

export class Filters {
  constructor(genres, changed) {
    this.genre = h("select", { onchange: changed }, h("option", { value: "" }, "any"), genres.map((name) => h("option", {}, name)));
    this.year = h("input", { inputmode: "numeric", pattern: "[0-9]{1,4}", placeholder: "any", size: 6, autocomplete: "off", onchange: changed });
    this.elements = [labelled("Genre", this.genre), labelled("From year", this.year)];
  }

  // Parameters of the API; without what is not set. null where the year is none, which the browser then says.
  get value() {
    if (!this.year.reportValidity()) return null;
    return { ...(this.genre.value ? { genre: this.genre.value } : {}), ...(this.year.value ? { min_year: Number(this.year.value) } : {}) };
  }
}

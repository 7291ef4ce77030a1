// Tabs after the ARIA Authoring Practices: arrow keys, Home and End go from one to the next and show it.

import { fresh, h, show } from "./dom.js";

export class Tabs {
  constructor(label, changed = () => {}) {
    Object.assign(this, { changed, tabs: new Map(), current: null });
    this.list = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: (event) => this.press(event) });
    this.panels = h("div", { class: "panels" });
    this.element = h("div", {}, this.list, this.panels);
  }

  // parts: [[name, element]]; a tab that was there stays as it is and keeps being the one that is shown.
  set(parts, preferred = parts[0]?.[0]) {
    const names = parts.map(([name]) => name);
    for (const [name, content] of parts) if (!this.tabs.has(name)) this.tabs.set(name, this.made(name, content));
    for (const name of [...this.tabs.keys()]) if (!names.includes(name)) this.tabs.delete(name);
    show(this.list, names.map((name) => this.tabs.get(name).tab));
    show(this.panels, names.map((name) => this.tabs.get(name).panel));
    this.open(names.includes(this.current) ? this.current : preferred, { isSilent: true });
  }

  made(name, content) {
    const id = fresh("tab");
    const tab = h("button", { type: "button", role: "tab", id, "aria-controls": `${id}-panel`, onclick: () => this.open(name) }, name);
    return { tab, panel: h("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id }, content) };
  }

  open(name, { isSilent = false } = {}) {
    this.current = name;
    for (const [each, { tab, panel }] of this.tabs) {
      const isOpen = each === name;
      tab.setAttribute("aria-selected", String(isOpen));
      tab.setAttribute("tabindex", isOpen ? 0 : -1);
      panel.hidden = !isOpen;
    }
    if (!isSilent) this.changed(name);
  }

  press(event) {
    const names = [...this.tabs.keys()], at = names.indexOf(this.current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    this.open(name);
    this.tabs.get(name).tab.focus();
  }
}

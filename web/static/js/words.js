// Numbers, times and JSON as people read them.

import { h } from "./dom.js";

export function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(digits);
}

export const signed = (value, digits = 4) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
export const time = (text) => (text ? h("time", { datetime: text }, TIME.format(new Date(text))) : "–");

// From one moment to another, or to now.
export function took(from, to) {
  if (!from) return "–";
  const seconds = Math.max(0, (new Date(to ?? Date.now()) - new Date(from)) / 1000);
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return seconds < 5970 ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const KINDS = {
  SUCCEEDED: "good", RUNNING: "busy", FAILED: "bad", TIMED_OUT: "bad", ABORTED: "bad",
  succeeded: "good", running: "busy", failed: "bad", "timed out": "bad", aborted: "bad", caught: "warn",
};
export const tag = (status) => h("span", { class: `tag ${KINDS[status] ?? ""}` }, status.toLowerCase().replace("_", " "));

export const json = (value) => h("pre", { tabindex: 0 }, typeof value === "string" ? pretty(value) : JSON.stringify(value, null, 2));

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

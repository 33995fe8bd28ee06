// One job: its progress while it runs, then its picture, figures and files.

import { call, complaint, get } from "/ui/assets/api.js";
import { h } from "/ui/assets/dom.js";
import { figure, time } from "/ui/assets/text.js";

const FINAL = ["complete", "failed", "cancelled"];
/** A longer list of a result is better read as a file. */
const LONGEST_LIST = 50;

export async function showJob(place, { name: id, signal, go }) {
  const path = `/jobs/${encodeURIComponent(id)}`;
  const job = await get(path, signal);
  const content = h("div");
  place.append(h("h1", {}, heading(job)), content);
  if (FINAL.includes(job.status)) content.replaceChildren(...ended(job));
  else follow(content, job, path, signal, go);
}

function heading(job) {
  return job.dataset ? `${job.analysis} of ${job.dataset}` : job.analysis;
}

function follow(content, job, path, signal, go) {
  const bar = h("progress", { max: 1, value: job.progress, "aria-label": "progress" });
  const words = h("p", { "aria-live": "polite" }, state(job));
  const log = h("pre", { class: "log", hidden: true, "aria-label": "log" });
  const cancel = h("button", { type: "button" }, "Cancel");
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    await call("DELETE", path).catch((error) => content.append(complaint(error)));
  });
  content.replaceChildren(bar, words, log, cancel);
  const events = new EventSource(`${path}/events`);
  signal.addEventListener("abort", () => events.close());
  events.addEventListener("progress", ({ data }) => {
    const now = JSON.parse(data);
    bar.value = now.progress;
    words.textContent = state(now);
  });
  events.addEventListener("log", ({ data }) => {
    log.hidden = false;
    log.append(lineOf(JSON.parse(data)), "\n");
  });
  events.addEventListener("end", ({ data }) => {
    events.close();
    content.replaceChildren(...ended(JSON.parse(data)));
    content.querySelector("h2")?.focus();
  });
}

function lineOf(line) {
  return typeof line === "string" ? line : line.text ?? line.line ?? JSON.stringify(line);
}

function state(job) {
  if (job.status === "submitted") {
    return job.position ? `Waiting, number ${job.position} in the queue` : "Waiting";
  }
  return `${Math.round(100 * job.progress)} %${job.note ? `, ${job.note}` : ""}`;
}

function ended(job) {
  return [
    h("p", { class: `status ${job.status}` }, sentence(job)),
    job.error ? h("p", { class: "complaint", role: "alert" }, job.error.detail ?? job.error.message ?? String(job.error)) : null,
    ...pictures(job),
    job.result === null || job.result === undefined ? null
      : h("section", {}, h("h2", { tabindex: "-1" }, "Figures"), figures(job.result)),
    job.files.length ? h("section", {}, h("h2", {}, "Files"), h("ul", {}, job.files.map((file) =>
      h("li", {}, h("a", { href: file.url, download: file.name }, file.name), ` ${figure(Math.ceil(file.bytes / 1000))} kB`)))) : null,
    h("p", { class: "row" },
      h("a", { class: "button", href: `/ui/analysis?again=${job.id}` }, "Run again"),
      h("a", { href: `/jobs/${job.id}` }, "The whole record as JSON")),
  ].filter(Boolean);
}

function sentence(job) {
  if (job.status !== "complete") return job.status === "failed" ? "It failed." : "It was cancelled.";
  const seconds = (Date.parse(job.finished) - Date.parse(job.submitted)) / 1000;
  return `Complete after ${figure(seconds)} s, at ${time(job.finished.replace(/\.\d+Z$/, "Z"))}`;
}

/** Each picture once: as SVG where there is one. */
function pictures(job) {
  const images = job.files.filter((file) => file.media_type.startsWith("image/"));
  const stem = (file) => file.name.replace(/\.[^.]+$/, "");
  const isBetter = (file) => file.media_type === "image/svg+xml"
    || !images.some((other) => other.media_type === "image/svg+xml" && stem(other) === stem(file));
  return images.filter(isBetter).map((file) => h("figure", {},
    h("img", { src: file.url, alt: `${heading(job)}: ${file.name}` })));
}

/** A result of any shape: objects as terms and values, lists as lists. */
function figures(value) {
  if (value === null) return "missing";
  if (Array.isArray(value)) return list(value);
  if (typeof value === "object") {
    return h("dl", {}, Object.entries(value).map(([name, inner]) =>
      [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, figures(inner))]));
  }
  return typeof value === "number" ? figure(value) : String(value);
}

function list(values) {
  if (values.every((value) => value === null || typeof value !== "object")) {
    const shown = values.slice(0, LONGEST_LIST).map((value) => (value === null ? "–" : figure(value))).join(", ");
    return values.length > LONGEST_LIST ? `${shown}, … (${figure(values.length)} in all)` : shown;
  }
  const rest = values.length - LONGEST_LIST;
  return h("ol", {}, values.slice(0, LONGEST_LIST).map((value) => h("li", {}, figures(value))),
    rest > 0 ? h("li", {}, `and ${figure(rest)} more`) : null);
}

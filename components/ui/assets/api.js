// Speaking with the API, and showing what it refuses.

import { h } from "/ui/assets/dom.js";

/** An answer that is a problem (RFC 9457); `problem.errors` names every fault. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** Sends a request; JSON comes back as a value. Throws `Refused`. */
export async function call(method, path, body, headers = {}, signal = undefined) {
  const answer = await fetch(path, { method, body, headers, signal });
  const kind = answer.headers.get("content-type") ?? "";
  const content = kind.includes("json") ? await answer.json() : await answer.text();
  if (answer.ok) return content;
  throw new Refused(typeof content === "object" ? content
    : { title: `The server answered ${answer.status}.`, status: answer.status });
}

export const get = (path, signal) => call("GET", path, undefined, {}, signal);

export const post = (path, value) =>
  call("POST", path, JSON.stringify(value), { "content-type": "application/json" });

/** `/datasets/<name>` with a name that may be anything. */
export const datasetPath = (name) => `/datasets/${encodeURIComponent(name)}`;

/** Every dataset, page after page. */
export async function allDatasets() {
  const all = [];
  let cursor = null;
  do {
    const page = await get(`/datasets?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    all.push(...page.datasets);
    cursor = page.next;
  } while (cursor);
  return all;
}

/** What went wrong, with every fault that the server names. */
export function complaint(error) {
  const faults = error.problem?.errors ?? [];
  return h("div", { class: "complaint", role: "alert" },
    h("p", {}, error instanceof Refused ? error.message
      : error instanceof TypeError ? "The server cannot be reached." : error.message),
    faults.length ? h("ul", {}, faults.map((fault) =>
      h("li", {}, fault.at ? h("code", {}, fault.at) : null, fault.at ? " " : "", fault.detail))) : null);
}

// The queue at a glance.

import { get } from "/ui/assets/api.js";
import { h, table } from "/ui/assets/dom.js";
import { count, time } from "/ui/assets/text.js";

const STATUSES = ["submitted", "in progress", "complete", "failed", "cancelled"];
const WORDS = { submitted: "waiting", "in progress": "running" };
const PERIOD = 2000;

export async function showJobs(place, { query, signal }) {
  const chosen = STATUSES.find((status) => status === query.get("status"));
  const content = h("div");
  place.append(h("h1", {}, "Jobs"), content);
  const refresh = async () => content.replaceChildren(...picture(await load(chosen, signal), chosen));
  await refresh();
  const timer = setInterval(() => {
    const isInUse = content.contains(document.activeElement);
    if (!document.hidden && !isInUse) refresh().catch(() => {});
  }, PERIOD);
  signal.addEventListener("abort", () => clearInterval(timer));
}

async function load(status, signal) {
  const query = new URLSearchParams({ limit: 50, ...(status ? { status } : {}) });
  const [latest, running] = await Promise.all([
    get(`/jobs?${query}`, signal), get("/jobs?limit=100&status=in+progress", signal)]);
  return { ...latest, running: running.jobs };
}

function picture({ jobs, counts, running }, chosen) {
  return [
    h("ul", { class: "tiles" }, STATUSES.map((status) => h("li", {},
      h("a", { href: status === chosen ? "/ui/jobs" : `/ui/jobs?status=${encodeURIComponent(status)}`,
        "aria-current": status === chosen ? "true" : undefined },
      h("strong", {}, count(counts[status] ?? 0)), WORDS[status] ?? status)))),
    h("p", { class: "quiet" }, workers(running)),
    jobs.length ? table(chosen ? `The latest that are ${WORDS[chosen] ?? chosen}` : "The latest",
      ["analysis", "dataset", "status", "submitted"], jobs.map(row))
      : h("p", {}, "None. ", h("a", { href: "/ui/analysis" }, "Run an analysis.")),
  ];
}

function workers(running) {
  const names = new Set(running.map((job) => job.worker?.name).filter(Boolean));
  return names.size ? `At work: ${[...names].sort().join(", ")}` : "No worker has anything to do.";
}

function row(job) {
  return [
    h("a", { href: `/ui/jobs/${job.id}` }, job.analysis),
    job.dataset ? h("a", { href: `/ui/datasets/${encodeURIComponent(job.dataset)}` }, job.dataset) : "",
    h("span", { class: `status ${job.status.replace(" ", "-")}` },
      WORDS[job.status] ?? job.status,
      job.status === "in progress" ? ` ${Math.round(100 * job.progress)} %` : ""),
    time(job.submitted?.replace(/\.\d+Z$/, "Z")),
  ];
}

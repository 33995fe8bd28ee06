// Which view an address shows. Links within the pages change the view without loading the page anew.

import { complaint } from "/ui/assets/api.js";
import { field, h } from "/ui/assets/dom.js";
import { showAnalysis } from "/ui/assets/views/analysis.js";
import { showDataset } from "/ui/assets/views/dataset.js";
import { showDatasets } from "/ui/assets/views/datasets.js";
import { showImport } from "/ui/assets/views/import.js";
import { showJob } from "/ui/assets/views/job.js";
import { showJobs } from "/ui/assets/views/jobs.js";

const VIEWS = [
  [/^\/ui\/?$/, showDatasets],
  [/^\/ui\/datasets\/([^/]+)$/, showDataset],
  [/^\/ui\/import$/, showImport],
  [/^\/ui\/analysis$/, showAnalysis],
  [/^\/ui\/jobs$/, showJobs],
  [/^\/ui\/jobs\/([^/]+)$/, showJob],
];

const main = document.querySelector("main");
let leave = new AbortController();

/** Shows the view of the current address. A view stops its requests and timers by `signal`. */
async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const { pathname, search } = location;
  markCurrent(pathname);
  for (const [pattern, view] of VIEWS) {
    const match = pattern.exec(pathname);
    if (!match) continue;
    const place = h("div");
    try {
      await view(place, { name: decodeURIComponent(match[1] ?? ""), query: new URLSearchParams(search), signal, go });
    } catch (error) {
      if (signal.aborted) return;
      place.append(...(error.problem?.status === 401 ? tokenForm(error)
        : [h("h1", {}, "That did not work"), complaint(error)]));
    }
    if (signal.aborted) return;
    main.replaceChildren(place);
    document.title = `${place.querySelector("h1")?.textContent ?? "Datasets"} – Almanac`;
    return;
  }
}

/** Asks for a token. The cookie goes to this server alone, and to no page from elsewhere. */
function tokenForm(error) {
  const input = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true });
  const keep = (event) => {
    event.preventDefault();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `almanac_token=${input.value.trim()}; Path=/; SameSite=Strict${secure}`;
    show();
  };
  return [h("h1", {}, "A token is needed"), complaint(error),
    h("form", { onsubmit: keep }, field("Token", input), h("button", { class: "button" }, "Go on"))];
}

function markCurrent(pathname) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  show().then(() => main.focus({ preventScroll: true }));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/ui']");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.hasAttribute("download") || link.target) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", show);
show();

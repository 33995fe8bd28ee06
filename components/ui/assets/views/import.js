// Adding a file: a preview of how it is read, then the import.

import { call, complaint, datasetPath } from "/ui/assets/api.js";
import { debounce, field, h, select, table } from "/ui/assets/dom.js";
import { count, datasetName, plural } from "/ui/assets/text.js";

const TYPES = ["number", "integer", "text", "boolean"];
/** A preview reads so much of a file, up to the end of a line. */
const PREVIEW_BYTES = 2_000_000;

export async function showImport(place, { go }) {
  const chooser = h("input", { type: "file", id: "file", accept: ".csv,.tsv,.txt,.json,.ndjson,.jsonl,text/csv,application/json" });
  const drop = h("div", { class: "drop" },
    h("p", {}, h("label", { for: "file" }, "Choose a file"), " or drop one here: CSV, JSON or NDJSON, with a time in each row"), chooser);
  const work = h("div");
  const take = (file) => file && preview(work, file, go);
  chooser.addEventListener("change", () => take(chooser.files[0]));
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
  place.append(h("h1", {}, "Add data"), drop, work);
}

async function preview(work, file, go) {
  const sample = await beginning(file);
  const settings = { time: [], types: {}, skip: new Set(), zone: "", missing: "", skipBad: false };
  const name = h("input", { id: "name", value: datasetName(file.name), maxlength: "64", required: true, spellcheck: "false" });
  const zone = h("input", { id: "zone", placeholder: "UTC" });
  const missing = h("input", { id: "missing", placeholder: "NA,N/A,-,null" });
  const skipBad = h("input", { type: "checkbox", id: "skip-bad" });
  const report = h("div", { "aria-live": "polite" });
  const button = h("button", { class: "button", type: "button" }, `Import ${file.name}`);
  const read = () => Object.assign(settings, { zone: zone.value.trim(), missing: missing.value, skipBad: skipBad.checked });
  const target = (rest) => importPath(name.value.trim(), read(), rest);
  let latest = 0;
  const refresh = async () => {
    const mine = (latest += 1);
    const outcome = await call("POST", target({ dry_run: "true" }), sample, mediaType(file)).catch((error) => error);
    if (mine !== latest) return;
    report.replaceChildren(...(outcome instanceof Error ? [complaint(outcome)] : reading(outcome, settings, file, refresh)));
  };
  const later = debounce(400, refresh);
  for (const control of [name, zone, missing]) control.addEventListener("input", later);
  skipBad.addEventListener("change", refresh);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const done = await call("POST", target({}), file, mediaType(file));
      go(`/ui/datasets/${encodeURIComponent(done.dataset)}`);
    } catch (error) {
      report.replaceChildren(complaint(error));
      button.disabled = false;
    }
  });
  work.replaceChildren(
    h("div", { class: "row" }, field("Name of the dataset", name, "an existing name adds to that dataset"),
      field("Zone of times without one", zone), field("Words for a missing value", missing)),
    h("label", { class: "choice" }, skipBad, "Leave out rows that cannot be read"), report, button);
  await refresh();
}

/** The first megabytes of a file, up to the end of a line; JSON cannot be cut. */
async function beginning(file) {
  if (file.size <= PREVIEW_BYTES || /\.json$/i.test(file.name)) return file;
  const bytes = new Uint8Array(await file.slice(0, PREVIEW_BYTES).arrayBuffer());
  return file.slice(0, bytes.lastIndexOf(10) + 1 || PREVIEW_BYTES);
}

function mediaType(file) {
  if (/\.(ndjson|jsonl)$/i.test(file.name)) return { "content-type": "application/x-ndjson" };
  return { "content-type": /\.json$/i.test(file.name) ? "application/json" : "text/csv" };
}

function importPath(name, { time, types, skip, zone, missing, skipBad }, rest) {
  const query = new URLSearchParams(rest);
  if (time.length) query.set("time", time.join(","));
  const typed = Object.entries(types).filter(([field]) => !skip.has(field) && !time.includes(field));
  if (typed.length) query.set("types", typed.map((pair) => pair.join(":")).join(","));
  if (skip.size) query.set("skip", [...skip].join(","));
  if (zone) query.set("tz", zone);
  if (missing.trim()) query.set("missing", missing);
  if (skipBad) query.set("on_error", "skip");
  return `${datasetPath(name || "-")}/import?${query}`;
}

/** How the file is read, with what may be put right. */
function reading(outcome, settings, file, refresh) {
  const columns = [...outcome.time_columns, ...outcome.fields.map((each) => each.name), ...settings.skip];
  const isCut = outcome.imported > 0 && file.size > PREVIEW_BYTES;
  return [
    h("p", {}, `${plural(outcome.imported, "row")} ${isCut ? "at the beginning " : ""}can be read`,
      outcome.creates ? ", as a new dataset." : `, and are added to ${outcome.dataset}.`,
      outcome.skipped ? ` ${plural(outcome.skipped, "row")} are left out.` : ""),
    ...outcome.notes.map((note) => h("p", { class: "quiet" }, typeof note === "string" ? note : note.detail ?? "")),
    outcome.errors.length ? h("ul", { class: "complaint" }, outcome.errors.map((fault) =>
      h("li", {}, h("code", {}, fault.at), " ", fault.detail))) : null,
    columnTable(columns, outcome, settings, refresh),
    table(`The first ${count(outcome.sample.length)} rows as they are read`, ["time", ...outcome.fields.map((each) => each.name)],
      outcome.sample.map((row) => [row.time, ...outcome.fields.map((each) => row[each.name])])),
  ].filter(Boolean);
}

function columnTable(columns, outcome, settings, refresh) {
  const rows = columns.map((name) => {
    const isTime = outcome.time_columns.includes(name);
    const type = outcome.fields.find((each) => each.name === name)?.type;
    const use = select({ "aria-label": `what ${name} is` },
      [["time", "the time"], ...TYPES, ["skip", "left out"]], isTime ? "time" : settings.skip.has(name) ? "skip" : type);
    use.addEventListener("change", () => {
      choose(settings, outcome, name, use.value);
      refresh();
    });
    return [name, use];
  });
  return table("Columns", ["column", "is"], rows);
}

function choose(settings, outcome, name, use) {
  settings.skip.delete(name);
  delete settings.types[name];
  if (use === "time") settings.time = [name];
  else if (use === "skip") settings.skip.add(name);
  else settings.types[name] = use;
  if (use !== "time" && outcome.time_columns.includes(name)) settings.time = outcome.time_columns.filter((each) => each !== name);
}

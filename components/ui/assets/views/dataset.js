// A dataset: its chart, the query that the chart shows, its table and its fields.

import { complaint, datasetPath, get } from "/ui/assets/api.js";
import { chart } from "/ui/assets/chart.js";
import { h, table } from "/ui/assets/dom.js";
import { repeated } from "/ui/assets/gaps.js";
import { curlLine, parameters, pointsPath, queryControls, readable } from "/ui/assets/query.js";
import { count, plural, time, title } from "/ui/assets/text.js";

const THINNED = 1000;
const ROWS = 20;
const isNumeric = (field) => field.type === "number" || field.type === "integer";

export async function showDataset(place, { name, signal }) {
  const dataset = await get(datasetPath(name), signal);
  const numeric = dataset.fields.filter(isNumeric);
  const first = numeric[0]?.name ?? dataset.fields[0]?.name;
  const query = { start: "", end: "", conditions: [], fields: first ? [first] : [] };
  place.append(...about(dataset));
  const results = h("div");
  const controls = queryControls(dataset, query, (changed) => refresh(changed));
  const picture = chart((from, until) => {
    controls.setRange(...rangeTexts(from, until));
    refresh(controls.read());
  }, signal);
  let latest = 0;
  const refresh = async (wanted) => {
    const mine = (latest += 1);
    try {
      const content = await load(dataset, wanted, signal);
      if (mine !== latest) return;
      picture.show(content.thinned, numeric.filter((each) => wanted.fields.includes(each.name)));
      results.replaceChildren(...found(dataset, wanted, content));
    } catch (error) {
      if (mine === latest && !signal.aborted) results.replaceChildren(complaint(error));
    }
  };
  place.append(picture.node, h("h2", {}, "Query"), controls.node, results, fieldTable(dataset));
  // The chart needs its place on the page to know its width.
  requestAnimationFrame(() => refresh(query));
}

/** Whole seconds as they are typed; empty for the whole of the time. */
function rangeTexts(from, until) {
  if (from === null) return ["", ""];
  const text = (at) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  return [text(Math.floor(from / 1000) * 1000), text(Math.ceil(until / 1000) * 1000)];
}

function about(dataset) {
  const details = [dataset.source && `Source: ${dataset.source}`, dataset.licence && `Licence: ${dataset.licence}`];
  return [
    h("div", { class: "row" }, h("h1", {}, title(dataset)),
      h("a", { class: "button", href: `/ui/analysis?dataset=${encodeURIComponent(dataset.name)}` }, "Analyse")),
    dataset.description ? h("p", {}, dataset.description) : null,
    h("p", { class: "quiet" }, plural(dataset.count, "point"),
      dataset.count ? `, ${time(dataset.first)} to ${time(dataset.last)}` : "",
      ...details.filter(Boolean).map((detail) => `. ${detail}`)),
  ].filter(Boolean);
}

async function load(dataset, wanted, signal) {
  const numeric = dataset.fields.filter((each) => isNumeric(each) && wanted.fields.includes(each.name));
  const names = numeric.map((each) => each.name).join(",");
  const [thinned, page] = await Promise.all([
    numeric.length ? get(pointsPath(dataset, wanted, { thin: THINNED, fields: names }), signal) : { points: [] },
    get(tablePath(dataset, wanted), signal),
  ]);
  return { thinned: thinned.points, page };
}

const fieldsOf = (dataset, wanted) =>
  (wanted.fields.length && wanted.fields.length < dataset.fields.length ? { fields: wanted.fields.join(",") } : {});

const tablePath = (dataset, wanted) =>
  pointsPath(dataset, wanted, { ...fieldsOf(dataset, wanted), limit: ROWS, count: "exact" });

function found(dataset, wanted, { page }) {
  const shown = page.points.length;
  const names = wanted.fields.length ? wanted.fields : dataset.fields.map((each) => each.name);
  const exported = parameters(wanted);
  for (const [key, value] of Object.entries(fieldsOf(dataset, wanted))) exported.set(key, value);
  const file = (format) => `${datasetPath(dataset.name)}/export?${readable(new URLSearchParams([...exported, ["format", format]]))}`;
  return [
    ...mixed(dataset, page.points),
    h("p", {}, "The same with curl:"),
    h("pre", { class: "curl", tabindex: "0" }, curlLine(tablePath(dataset, wanted))),
    h("p", { class: "row" },
      h("a", { class: "button", href: file("csv"), download: `${dataset.name}.csv` }, "Download as CSV"),
      h("a", { href: file("ndjson"), download: `${dataset.name}.ndjson` }, "as NDJSON")),
    table(`The first ${count(shown)} of ${plural(page.count ?? shown, "point")}`, ["time", ...names],
      page.points.map((point) => [time(point.time), ...names.map((each) => point[each])])),
  ];
}

/** A note where one line may join several series: many points have the same time as the one before. */
function mixed(dataset, points) {
  if (repeated(points) * 4 < points.length || points.length < 2) return [];
  const words = dataset.fields.filter((each) => each.type === "text").map((each) => each.name);
  const by = words.length ? ` on ${words.slice(0, 3).join(", ")}` : "";
  return [h("p", { class: "note", role: "status" },
    `Many points have the same time, so the line may join several series. Choose one with a condition${by}.`)];
}

function fieldTable(dataset) {
  const rows = dataset.fields.map((each) => [each.name, each.type, each.unit ?? "", constraints(each, dataset)]);
  return table("Fields", ["name", "type", "unit", "constraints"], rows);
}

function constraints(field, dataset) {
  const { name, type, unit, ...rest } = field;
  const words = Object.entries(rest).map(([key, value]) =>
    (value === true ? key : `${key.replaceAll("_", " ")} ${Array.isArray(value) ? value.join(", ") : value}`));
  return [...words, ...(dataset.key === name ? ["key"] : [])].join("; ");
}

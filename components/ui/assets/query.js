// What is asked of a dataset's points, and the curl line that it stands for.

import { datasetPath } from "/ui/assets/api.js";
import { debounce, field, h, select } from "/ui/assets/dom.js";
import { quoted } from "/ui/assets/text.js";

const OPERATORS = [
  ["eq", "="], ["ne", "≠"], ["gt", ">"], ["gte", "≥"], ["lt", "<"], ["lte", "≤"],
  ["in", "is one of"], ["is", "is missing"], ["not", "is not missing"],
];
/** Operators whose only value is `null`. */
const WITHOUT_VALUE = ["is", "not"];
/** Parameters of a query; a field of such a name has `where.` before it. */
const PARAMETERS = ["start", "end", "tz", "order", "limit", "cursor", "fields", "thin", "count", "format", "ids"];

/** A query: `start`, `end` (texts, may be empty), `fields` (names), `conditions` of `[field, operator, value]`. */
export function parameters({ start, end, conditions }) {
  const query = new URLSearchParams();
  if (start) query.set("start", start);
  if (end) query.set("end", end);
  for (const [name, operator, value] of conditions) {
    const key = PARAMETERS.includes(name) ? `where.${name}` : name;
    if (WITHOUT_VALUE.includes(operator)) query.append(key, `${operator}.null`);
    else if (value !== "") query.append(key, operator === "in" ? `in.(${value})` : `${operator}.${value}`);
  }
  return query;
}

/** The address of some points: `rest` has further parameters. */
export function pointsPath(dataset, query, rest) {
  const all = parameters(query);
  for (const [name, value] of Object.entries(rest)) all.set(name, value);
  return `${datasetPath(dataset.name)}/points?${readable(all)}`;
}

/** An encoded query in which what may stand unencoded does. */
export const readable = (query) => query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");

export const curlLine = (path) => `curl ${quoted(location.origin + path)}`;

/** The controls of a query. `changed` is called with the new one shortly after a change. */
export function queryControls(dataset, query, changed) {
  const later = debounce(400, () => changed(read()));
  const start = h("input", { id: "start", placeholder: dataset.first ?? "", value: query.start, oninput: later });
  const end = h("input", { id: "end", placeholder: "not included", value: query.end, oninput: later });
  const conditions = h("div", { class: "conditions" });
  const boxes = dataset.fields.map(({ name }) =>
    h("input", { type: "checkbox", value: name, checked: query.fields.includes(name), onchange: later }));
  const read = () => ({
    start: start.value.trim(),
    end: end.value.trim(),
    fields: boxes.filter((box) => box.checked).map((box) => box.value),
    conditions: [...conditions.children].map((row) =>
      [...row.querySelectorAll("select, input")].map((control) => control.value.trim())),
  });
  const add = () => conditions.append(condition(dataset, later));
  const node = h("form", { class: "query", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "row" },
      field("From", start, "such as 2012, 2012-06 or 2012-06-01T12:00Z"), field("Until", end)),
    h("fieldset", {}, h("legend", {}, "Fields"),
      boxes.map((box) => h("label", { class: "choice" }, box, box.value))),
    h("fieldset", {}, h("legend", {}, "Conditions"), conditions,
      h("button", { type: "button", onclick: add }, "Add a condition")));
  /** Shows a range that was chosen elsewhere, as by zooming. */
  const setRange = (from, until) => {
    [start.value, end.value] = [from, until];
  };
  return { node, read, setRange };
}

function condition(dataset, later) {
  const value = h("input", { "aria-label": "value", oninput: later });
  const operator = select({
    "aria-label": "comparison",
    onchange: () => {
      value.hidden = WITHOUT_VALUE.includes(operator.value);
      later();
    },
  }, OPERATORS);
  const name = select({ "aria-label": "field", onchange: later }, dataset.fields.map((each) => each.name));
  const row = h("div", { class: "row" }, name, operator, value,
    h("button", {
      type: "button", "aria-label": "Take this condition away",
      onclick: () => {
        row.remove();
        later();
      },
    }, "×"));
  return row;
}

// A form made from the JSON Schema of an analysis' parameters, whatever the analysis.

import { field, h, select } from "/ui/assets/dom.js";

/**
 * The form of a schema for a dataset (null without one), with the values of `given`.
 * `read()` gives the parameters that were set, and throws a `SyntaxError` for JSON that is none;
 * `explain(faults)` puts faults beside what they are about, and returns those it has no place for.
 */
export function schemaForm(schema, dataset, given) {
  // Of several ways to say what is needed, the form offers the first.
  const required = schema.required ?? schema.anyOf?.[0]?.required ?? [];
  const properties = Object.entries(schema.properties ?? {});
  const controls = properties.map(([name, property]) =>
    ({ name, ...control(`parameter-${name}`, property, dataset, given[name], required.includes(name)) }));
  const rows = controls.map(({ name, node }, position) => {
    const property = properties[position][1];
    const row = field(`${name}${required.includes(name) ? "" : " (optional)"}`, node, property.description);
    if (!node.id) row.querySelector("label").removeAttribute("for");
    row.dataset.at = `params.${name}`;
    return row;
  });
  const [needed, optional] = [true, false].map((isNeeded) =>
    rows.filter((_, position) => required.includes(properties[position][0]) === isNeeded));
  const free = properties.length ? null : json("parameter-all", given, "Parameters as JSON");
  const node = h("div", {}, needed, free ? field("Parameters", free.node, "JSON") : null,
    optional.length ? h("details", { open: needed.length === 0 || Object.keys(given).some((name) => !required.includes(name)) },
      h("summary", {}, "More settings"), optional) : null);
  return {
    node,
    read() {
      if (free) return free.read() ?? {};
      const values = controls.map(({ name, read }) => [name, read()]);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    },
    explain: (faults) => explain(node, rows, faults),
  };
}

function explain(node, rows, faults) {
  for (const old of node.querySelectorAll(".fault")) old.remove();
  const left = [];
  for (const fault of faults) {
    const row = rows.find(({ dataset }) => fault.at === dataset.at || fault.at?.startsWith(`${dataset.at}[`)
      || fault.at?.startsWith(`${dataset.at}.`));
    if (row) {
      row.closest("details")?.setAttribute("open", "");
      row.append(h("p", { class: "fault", role: "alert" }, fault.detail));
    } else left.push(fault);
  }
  return left;
}

/** A control: its `node`, and `read()`, undefined where nothing is set. */
function control(id, property, dataset, given, isRequired) {
  const forms = property.anyOf ?? property.oneOf ?? [property];
  const single = forms.find((form) => isField(form) && form.type === "string");
  const several = forms.find((form) => form.type === "array" && isField(form.items ?? {}));
  if (several && dataset) return fields(id, several.items, dataset, given, isRequired);
  if (single && dataset) return oneField(id, forms, single, dataset, given, isRequired);
  if (forms.length === 1) return plain(id, property, given, isRequired);
  // One text or a list of them: most people want one, and a list may be given as before.
  const text = forms.find((form) => form.type === "string");
  if (text && (given === undefined || typeof given === "string")) return plain(id, text, given, isRequired);
  return json(id, given, shortly(property));
}

const isField = (form) => form.format === "field" || form.format === "number-field";
const isNumeric = (field) => field.type === "number" || field.type === "integer";
const shortly = (property) => (property.default === undefined ? "" : `default ${JSON.stringify(property.default)}`);

function names(form, dataset) {
  const fitting = form.format === "number-field" ? dataset.fields.filter(isNumeric) : dataset.fields;
  return fitting.map((each) => each.name);
}

/** One field of the dataset, or one of the fixed words that the schema allows besides. */
function oneField(id, forms, form, dataset, given, isRequired) {
  const words = forms.flatMap((each) => (each.const === undefined ? each.enum ?? [] : [each.const])).map(String);
  const options = [...(isRequired ? [] : [["", "(default)"]]), ...words, ...names(form, dataset)];
  const node = select({ id }, options, typeof given === "string" ? given : undefined);
  return { node, read: () => node.value || undefined };
}

function fields(id, form, dataset, given, isRequired) {
  const chosen = given === undefined ? [] : [given].flat();
  const all = names(form, dataset);
  const boxes = all.map((name, position) => h("input", {
    type: "checkbox", value: name,
    checked: chosen.includes(name) || (isRequired && !chosen.length && position === 0),
  }));
  const node = h("div", { role: "group", "aria-label": id.replace("parameter-", "") },
    boxes.map((box) => h("label", { class: "choice" }, box, box.value)));
  const read = () => {
    const checked = boxes.filter((box) => box.checked).map((box) => box.value);
    if (!checked.length) return undefined;
    return checked.length === 1 ? checked[0] : checked;
  };
  return { node, read: form.single === false ? () => [read()].flat() : read };
}

function plain(id, property, given, isRequired) {
  if (property.enum) {
    const options = [...(isRequired ? [] : [["", property.default === undefined ? "(default)" : `(default: ${property.default})`]]),
      ...property.enum.map((word) => [JSON.stringify(word), String(word)])];
    const node = select({ id }, options, given === undefined ? undefined : JSON.stringify(given));
    return { node, read: () => (node.value ? JSON.parse(node.value) : undefined) };
  }
  if (property.type === "boolean") {
    const node = select({ id }, [["", "(default)"], ["true", "yes"], ["false", "no"]], given === undefined ? "" : String(given));
    return { node, read: () => (node.value ? node.value === "true" : undefined) };
  }
  if (property.type === "number" || property.type === "integer") {
    const node = h("input", {
      id, type: "number", step: property.type === "integer" ? "1" : "any", min: bound(property.minimum), max: bound(property.maximum),
      placeholder: shortly(property), value: given === undefined ? undefined : String(given),
    });
    return { node, read: () => (node.value === "" ? undefined : Number(node.value)) };
  }
  if (property.type === "string") {
    const attributes = { id, maxlength: bound(property.maxLength), placeholder: shortly(property) };
    const node = (property.maxLength ?? 0) > 500 ? h("textarea", { ...attributes, rows: "4" }) : h("input", attributes);
    node.value = given ?? "";
    return { node, read: () => node.value || undefined };
  }
  return json(id, given, shortly(property));
}

const bound = (number) => (number === undefined ? undefined : String(number));

function json(id, given, placeholder) {
  const text = given === undefined || (typeof given === "object" && !Object.keys(given).length) ? "" : JSON.stringify(given);
  const node = h("textarea", { id, rows: "2", placeholder, spellcheck: "false" });
  node.value = text;
  return { node, read: () => (node.value.trim() ? JSON.parse(node.value) : undefined) };
}

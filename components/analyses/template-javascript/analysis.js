// The analysis `template-javascript`: mean and range of a field of numbers.
//
// docs/your-own-analysis.md explains how an analysis is written, built and tried. What it is given and
// what it returns are the types of wit/analysis.wit: a variant is `{ tag, val }`, times are a
// BigInt64Array, numbers a Float64Array.

// What the analysis says of itself, at /analyses/template-javascript. `parameters` is a JSON Schema: jobs
// whose parameters it does not accept are refused before they get here.
const DESCRIPTION = {
  name: "template-javascript",
  title: "Mean and range",
  version: "0.1.0",
  summary: "The arithmetic mean, the smallest and the greatest value of a field; missing values are left out.",
  needsDataset: true,
  parameters: JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    required: ["field"],
    properties: {
      field: { type: "string", format: "number-field", description: "The field." },
    },
  }),
  example: JSON.stringify({ field: "average" }),
};

// Points in one step: a step is to take a tenth of a second or less.
const STEP = 100_000;

/** Names the fields whose columns `compute` needs; throws a list of every fault. */
function wanted(parameters, fields) {
  const name = parameters.field;
  const field = fields.find((known) => known.name === name);
  if (!field) throw [`there is no field \`${name}\``];
  if (!["number", "integer"].includes(field.type)) throw [`the field \`${name}\` has no numbers`];
  return [name];
}

/** Yields progress after each step, and in the end a report or a refusal. */
function* compute(request, data) {
  const { field, values: column } = data.columns[0];
  if (column.tag !== "numbers") {
    return yield failed(`The field \`${field.name}\` has no numbers.`);
  }
  const values = column.val;
  if (values.length === 0) {
    return yield failed("There are no points to take the mean of.");
  }

  let count = 0;
  let sum = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let start = 0; start < values.length; start += STEP) {
    const done = Math.min(start + STEP, values.length);
    for (let at = start; at < done; at += 1) {
      const value = values[at];
      // A missing value is NaN, which alone is not itself.
      if (value !== value) continue;
      count += 1;
      sum += value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const log = [`read ${done} of ${values.length} points`];
    yield { tag: "running", val: { fraction: done / values.length, note: "reading", pause: 0, log } };
  }

  if (count === 0) {
    return yield failed(`All ${values.length} values of the field \`${field.name}\` are missing.`);
  }
  const result = {
    field: field.name,
    unit: field.unit ?? null,
    count,
    missing: values.length - count,
    mean: sum / count,
    min: least,
    max: greatest,
  };
  yield { tag: "done", val: { result: JSON.stringify(result), files: [] } };
}

const failed = (reason) => ({ tag: "failed", val: reason });

// What follows joins the functions above to Almanac; it can stay as it is.

/** One run: `step` is called until it returns a report or a refusal. */
class Task {
  constructor(request, data) {
    this.steps = compute(request, data);
  }

  step() {
    try {
      return this.steps.next().value;
    } catch (error) {
      return failed(`The analysis has a fault: ${error} (${error.stack?.split("\n")[0] ?? "nowhere"})`);
    }
  }
}

export const analysis = {
  describe: () => DESCRIPTION,
  select: (parameters, fields) => wanted(JSON.parse(parameters), fields),
  Task,
};

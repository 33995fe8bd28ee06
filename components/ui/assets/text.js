// How numbers, times and names are written.

const COUNT = new Intl.NumberFormat("en");

export const count = (number) => COUNT.format(number);

/** A number in at most six figures. */
export function figure(value) {
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? COUNT.format(value) : String(Number(value.toPrecision(6)));
}

/** The date of an RFC 3339 time, with the time of day where it is not midnight; always UTC. */
export function time(text) {
  if (!text) return "–";
  return text.replace("T00:00:00Z", "").replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

export const title = (dataset) => dataset.title || dataset.name;

export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `text` as one word of a POSIX shell. */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A name that a dataset can have, made from the name of a file. */
export function datasetName(file) {
  const stem = file.toLowerCase().replace(/\.[a-z0-9]+$/, "");
  return stem.replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|[-_]+$/g, "").slice(0, 64) || "data";
}

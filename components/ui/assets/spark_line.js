// A small picture of a dataset's first number field.

import { get, datasetPath } from "/ui/assets/api.js";
import { h, s } from "/ui/assets/dom.js";

const WIDTH = 240;
const HEIGHT = 48;
const POINTS = 120;

const visible = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    visible.unobserve(target);
    draw(target).catch(() => target.replaceChildren());
  }
});

/** The picture of a dataset, drawn when it comes into view. */
export function sparkLine(dataset) {
  const field = dataset.fields.find((each) => each.type === "number" || each.type === "integer");
  const place = h("div", { class: "spark" });
  if (field && dataset.count > 1) {
    place.dataset.name = dataset.name;
    place.dataset.field = field.name;
    visible.observe(place);
  }
  return place;
}

async function draw(place) {
  const { name, field } = place.dataset;
  const query = new URLSearchParams({ thin: POINTS, fields: field });
  const { points } = await get(`${datasetPath(name)}/points?${query}`);
  const path = pathOf(points.map((point) => [Date.parse(point.time), point[field]]));
  if (!path) return;
  place.replaceChildren(s("svg", {
    viewBox: `-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`, preserveAspectRatio: "none",
    role: "img", "aria-label": `${field} over all of the time`,
  }, s("path", { d: path, "vector-effect": "non-scaling-stroke" })));
}

/** The path through `[time, value]` pairs, broken where a value is missing. */
function pathOf(pairs) {
  const known = pairs.filter(([, value]) => typeof value === "number");
  if (known.length < 2) return "";
  const [left, right] = [pairs[0][0], pairs.at(-1)[0]];
  const values = known.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at) => (WIDTH * (at - left) / (right - left || 1)).toFixed(1);
  const y = (value) => (HEIGHT - HEIGHT * (value - low) / (high - low || 1)).toFixed(1);
  let isDown = false;
  return pairs.map(([at, value]) => {
    const step = typeof value === "number" ? `${isDown ? "L" : "M"}${x(at)} ${y(value)}` : "";
    isDown = typeof value === "number";
    return step;
  }).join("");
}

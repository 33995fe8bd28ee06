// A chart of number fields over time. What it shows it has asked for thinned to the width of the
// screen, so a chart of millions of points is as quick as one of a thousand, and zooming shows more.

import { h } from "/ui/assets/dom.js";

/** Okabe and Ito's palette (2008), which colour-blind people tell apart; lighter on dark ground. */
const COLOURS = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9"],
  dark: ["#56b4e9", "#e69f00", "#2bc295", "#e29fc4", "#f0e442", "#8ab8ff"],
};
const HEIGHT = 320;
const scheme = matchMedia("(prefers-color-scheme: dark)");

/**
 * A chart whose drawn or typed ranges go to `zoomed(start, end)`, in milliseconds since 1970.
 * `show(points, fields)` draws; `signal` ends it.
 */
export function chart(zoomed, signal) {
  const place = h("div", { class: "chart" });
  const state = { plot: null, points: [], fields: [] };
  const range = () => {
    const { min, max } = state.plot?.scales.x ?? {};
    return Number.isFinite(min) && max > min ? [min * 1000, max * 1000] : null;
  };
  const move = (share) => {
    const now = range();
    if (!now) return;
    const step = share * (now[1] - now[0]);
    zoomed(now[0] + step, now[1] + step);
  };
  const zoom = (factor) => {
    const now = range();
    if (!now) return;
    const [middle, half] = [(now[0] + now[1]) / 2, factor * (now[1] - now[0]) / 2];
    zoomed(middle - half, middle + half);
  };
  const draw = () => {
    state.plot?.destroy();
    state.plot = state.points.length ? plotted(place, state, zoomed) : null;
  };
  const button = (text, name, action) =>
    h("button", { type: "button", "aria-label": name, title: name, onclick: action }, text);
  const node = h("figure", {}, place, h("figcaption", { class: "row tools" },
    button("←", "Earlier", () => move(-0.5)), button("→", "Later", () => move(0.5)),
    button("+", "Zoom in", () => zoom(0.5)), button("−", "Zoom out", () => zoom(2)),
    button("All", "Show all of the time", () => zoomed(null, null)),
    h("span", { class: "quiet" }, "Drag over the picture to zoom in. Times are UTC.")));
  const observer = new ResizeObserver(() => state.plot?.setSize({ width: place.clientWidth, height: HEIGHT }));
  observer.observe(place);
  scheme.addEventListener("change", draw, { signal });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    state.plot?.destroy();
  });
  return {
    node,
    show(points, fields) {
      Object.assign(state, { points, fields });
      place.replaceChildren();
      if (!points.length) place.append(h("p", { class: "quiet" }, "No points to show."));
      draw();
    },
  };
}

function plotted(place, { points, fields }, zoomed) {
  const colours = scheme.matches ? COLOURS.dark : COLOURS.light;
  const style = getComputedStyle(document.body);
  const [ink, grid] = [style.color, style.getPropertyValue("--line")];
  const unit = fields.every((each) => each.unit === fields[0].unit) ? fields[0].unit : null;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const data = [
    points.map((point) => Date.parse(point.time) / 1000),
    ...fields.map(({ name }) => points.map((point) => point[name] ?? null)),
  ];
  const options = {
    width: place.clientWidth || 600,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    axes: [axis, { ...axis, size: 64, label: unit ?? undefined, labelSize: unit ? 24 : 0 }],
    series: [{ label: "time", value: (_, at) => (at === null ? "–" : new Date(at * 1000).toISOString().replace(".000Z", "Z")) },
      ...fields.map((each, position) => ({
        label: each.unit ? `${each.name} (${each.unit})` : each.name,
        stroke: colours[position % colours.length],
        width: 1.5,
        points: { show: points.length < 60 },
      }))],
    cursor: { drag: { x: true, y: false, setScale: false } },
    hooks: {
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        const [from, until] = [left, left + width].map((at) => plot.posToVal(at, "x") * 1000);
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        zoomed(from, until);
      }],
    },
  };
  return new uPlot(options, data, place);
}

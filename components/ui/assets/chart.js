// A chart of number fields over time. What it shows it has asked for thinned to the width of the
// screen, so a chart of millions of points is as quick as one of a thousand, and zooming shows more.

import { labels, roundNumbers } from "/ui/assets/axis.js";
import { h } from "/ui/assets/dom.js";
import { lonely, withGaps } from "/ui/assets/gaps.js";

/** Okabe and Ito's palette (2008), which colour-blind people tell apart; lighter on dark ground. */
const COLOURS = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9"],
  dark: ["#56b4e9", "#e69f00", "#2bc295", "#e29fc4", "#f0e442", "#8ab8ff"],
};
const HEIGHT = 320;
/** Values beyond this are divided by ten to SHIFT, or the width of their axis would be infinite. */
const HUGE = 1e300;
const SHIFT = 20;
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
  const shown = withGaps(points.map((point) => [Date.parse(point.time) / 1000, point]));
  const data = [
    shown.map(([time]) => time),
    ...fields.map(({ name }) => shown.map(([, point]) => point?.[name] ?? null)),
  ];
  const shift = data.slice(1).some((values) => values.some((each) => Math.abs(each) > HUGE)) ? SHIFT : 0;
  if (shift) data.splice(1, fields.length, ...data.slice(1).map((values) => values.map((each) => each && each / 10 ** SHIFT)));
  const options = {
    width: place.clientWidth || 600,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { y: { range: (_, min, max) => padded(min, max) } },
    axes: [axis, { ...axis, ...numbers(style, shift), label: unit ?? undefined, labelSize: unit ? 24 : 0 }],
    series: [{ label: "time", value: (_, at) => (at === null ? "–" : new Date(at * 1000).toISOString().replace(".000Z", "Z")) },
      ...fields.map((each, position) => ({
        label: each.unit ? `${each.name} (${each.unit})` : each.name,
        stroke: colours[position % colours.length],
        width: 1.5,
        value: (_, value, series, at) => (at === null ? null : shown[at][1]?.[fields[series - 1].name]) ?? "–",
        points: points.length < 60 ? { show: true } : { show: true, filter: (plot, series) => lonely(plot.data[series]) },
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

/** The range of an axis around the values, with some room on both sides. */
function padded(min, max) {
  if (min === null || max === null) return [0, 1];
  const room = max > min ? (max / 2 - min / 2) * 0.1 : Math.abs(max) * 0.1 || 1;
  return [Math.max(min - room, -Number.MAX_VALUE), Math.min(max + room, Number.MAX_VALUE)];
}

/** An axis of numbers divided by ten to `shift`, as wide as its labels. */
function numbers(style, shift) {
  const font = `12px ${style.fontFamily}`;
  return {
    font,
    // Its own steps end far from the smallest and the largest floats; this one only has to be long enough.
    incrs: [1e308],
    splits: (plot, _, min, max) => roundNumbers(min, max, Math.floor(plot.bbox.height / devicePixelRatio / 40)),
    values: (_, splits) => labels(splits, shift),
    size: (plot, texts, position, cycle) => {
      const axis = plot.axes[position];
      if (cycle > 1) return axis._size;
      plot.ctx.save();
      plot.ctx.font = font;
      const widths = (texts ?? []).map((text) => plot.ctx.measureText(text).width);
      plot.ctx.restore();
      return Math.ceil(axis.ticks.size + axis.gap + Math.max(0, ...widths) + 4);
    },
  };
}

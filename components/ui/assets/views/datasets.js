// All datasets, each with a spark line.

import { allDatasets } from "/ui/assets/api.js";
import { h } from "/ui/assets/dom.js";
import { sparkLine } from "/ui/assets/spark_line.js";
import { plural, time, title } from "/ui/assets/text.js";

export async function showDatasets(place) {
  const datasets = await allDatasets();
  place.append(
    h("div", { class: "row" },
      h("h1", {}, "Datasets"),
      h("a", { class: "button", href: "/ui/import" }, "Add a file")),
    datasets.length ? h("ul", { class: "cards" }, datasets.map(card))
      : h("p", {}, "There is nothing here yet. ", h("a", { href: "/ui/import" }, "Add a CSV file"), " to begin."));
}

function card(dataset) {
  return h("li", {},
    h("a", { class: "card", href: `/ui/datasets/${encodeURIComponent(dataset.name)}` },
      h("h2", {}, title(dataset)),
      sparkLine(dataset),
      h("p", { class: "quiet" }, plural(dataset.count, "point"), dataset.count
        ? `, ${time(dataset.first)} to ${time(dataset.last)}` : "")));
}

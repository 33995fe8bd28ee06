// Choosing an analysis, its parameters, and what it works on.

import { allDatasets, complaint, get, post } from "/ui/assets/api.js";
import { field, h, select } from "/ui/assets/dom.js";
import { schemaForm } from "/ui/assets/schema_form.js";
import { title } from "/ui/assets/text.js";

export async function showAnalysis(place, { query, signal, go }) {
  const again = query.get("again");
  const [{ analyses }, datasets, before] = await Promise.all([
    get("/analyses", signal), allDatasets(), again ? get(`/jobs/${encodeURIComponent(again)}`, signal) : null]);
  const wanted = {
    analysis: before?.analysis ?? query.get("analysis") ?? analyses.find((each) => each.name === "plot")?.name,
    dataset: before?.dataset ?? query.get("dataset") ?? datasets[0]?.name,
  };
  const analysis = select({ id: "analysis" }, analyses.map((each) => [each.name, `${each.name}: ${each.title}`]), wanted.analysis);
  const dataset = select({ id: "dataset" }, datasets.map((each) => [each.name, title(each)]), wanted.dataset);
  const [start, end] = ["start", "end"].map((id) => h("input", { id, value: before?.[id] ?? "" }));
  const [summary, parameters, answer] = [h("p", { class: "quiet" }), h("div"), h("div")];
  const source = h("div", {}, field("Dataset", dataset),
    h("div", { class: "row" }, field("From", start, "empty for all"), field("Until", end)));
  let form;
  const chosen = () => analyses.find((each) => each.name === analysis.value);
  const rebuild = (given) => {
    const description = chosen();
    summary.textContent = description.summary;
    source.hidden = description.needs_dataset === false;
    const about = datasets.find((each) => each.name === dataset.value);
    form = schemaForm(description.parameters, source.hidden ? null : about, given);
    parameters.replaceChildren(form.node);
  };
  const submit = async (event) => {
    event.preventDefault();
    answer.replaceChildren();
    try {
      const subject = source.hidden ? {} : trimmed({ dataset: dataset.value, start: start.value, end: end.value, filter: filterOf(before, dataset.value) });
      const job = await post("/jobs", { analysis: analysis.value, ...subject, params: form.read() });
      go(`/ui/jobs/${job.id}`);
    } catch (error) {
      answer.replaceChildren(refusal(error, form));
    }
  };
  analysis.addEventListener("change", () => rebuild({}));
  dataset.addEventListener("change", () => rebuild({}));
  rebuild(before?.params ?? {});
  place.append(h("h1", {}, "Analyse"), h("form", { onsubmit: submit, novalidate: true },
    field("Analysis", analysis), summary, source, parameters,
    h("button", { class: "button" }, "Run"), answer));
}

/** A job that is run again keeps its conditions, as long as the dataset is the same. */
const filterOf = (before, dataset) => (before?.dataset === dataset ? before?.filter : undefined);

const trimmed = (members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== "" && value !== undefined));

function refusal(error, form) {
  if (error instanceof SyntaxError) return complaint(new Error(`a parameter is not JSON: ${error.message}`));
  const faults = error.problem?.errors ?? [];
  const left = form.explain(faults);
  if (!faults.length || left.length) return complaint(error);
  return h("p", { class: "complaint", role: "alert" }, "Some settings need another look.");
}

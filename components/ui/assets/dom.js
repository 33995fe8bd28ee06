// Making elements. Text is always set as text, so nothing that comes from data is ever markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list" && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return node;
}

/** An element; an attribute `onclick` listens, one that is undefined, null or false is left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** As `h`, for SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A labelled control; `hint` stands below it, and faults are put there too. */
export function field(label, control, hint) {
  return h("div", { class: "field" },
    h("label", { for: control.id }, label), control,
    hint ? h("small", { class: "quiet" }, hint) : null);
}

/** A select of `[value, text]` pairs or plain words. */
export function select(attributes, options, chosen) {
  const node = h("select", attributes, options.map((option) => {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    return h("option", { value }, text);
  }));
  if (chosen !== undefined) node.value = chosen;
  return node;
}

/** A table from headings and rows of cells, in a frame that scrolls by itself on a phone. */
export function table(caption, headings, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, headings.map((heading) => h("th", { scope: "col" }, heading)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) =>
        h("td", { class: typeof cell === "number" ? "number" : undefined },
          cell instanceof Node ? cell : cellText(cell))))))));
}

function cellText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Calls `action` once the calls have stopped for `milliseconds`. */
export function debounce(milliseconds, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

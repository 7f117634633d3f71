// The mark of each state: a shape that says the same as its word and colour.

const SVG = "http://www.w3.org/2000/svg";

const SHAPES: Record<string, string> = {
  queued: "M8 3a5 5 0 1 0 0.01 0M8 5.5V8l1.8 1.4",
  running: "M5.5 3.5l7 4.5-7 4.5z",
  done: "M3 8.5l3.5 3.5L13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M8 2.5a5.5 5.5 0 1 0 0.01 0M4.2 11.8l7.6-7.6",
};

/** A mark for `state`, 16 px, silent: the word stands beside it. */
export function stateMark(state: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "wb-state-mark");
  svg.append(document.createElementNS(SVG, "path"));
  showState(svg, state);
  return svg;
}

export function showState(svg: SVGSVGElement, state: string): void {
  if (svg.dataset["state"] === state) return;
  svg.dataset["state"] = state;
  svg.firstElementChild?.setAttribute("d", SHAPES[state] ?? SHAPES["queued"]);
}

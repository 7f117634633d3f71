// A line of reported values, as wide as a word.

import { setAttribute } from "../dom";

const SVG = "http://www.w3.org/2000/svg";
export const WIDTH = 80;
export const HEIGHT = 20;
const EDGE = 2;

export class Sparkline {
  readonly el = document.createElementNS(SVG, "svg");
  private readonly line = document.createElementNS(SVG, "path");
  private readonly end = document.createElementNS(SVG, "circle");

  constructor() {
    this.el.setAttribute("class", "wb-spark");
    this.el.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.el.setAttribute("aria-hidden", "true");
    this.end.setAttribute("r", "2");
    this.el.append(this.line, this.end);
  }

  show(points: readonly (number | null)[]): void {
    const places = sparkPoints(points);
    const d = places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    setAttribute(this.line as unknown as HTMLElement, "d", d);
    const last = places[places.length - 1];
    this.end.setAttribute("visibility", last ? "visible" : "hidden");
    if (!last) return;
    this.end.setAttribute("cx", last[0].toFixed(1));
    this.end.setAttribute("cy", last[1].toFixed(1));
  }
}

/** Where the points lie: the smallest value at the bottom, values that are missing left out. */
export function sparkPoints(points: readonly (number | null)[]): [number, number][] {
  const known = points.flatMap((value, i): [number, number][] => (value === null ? [] : [[i, value]]));
  const values = known.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const across = (WIDTH - 2 * EDGE) / Math.max(1, points.length - 1);
  const up = HEIGHT - 2 * EDGE;
  return known.map(([i, value]) => {
    const share = span > 0 ? (value - low) / span : 0.5;
    return [EDGE + i * across, HEIGHT - EDGE - up * share];
  });
}

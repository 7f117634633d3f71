// A continuous variable: its density before and after; a click clamps, a drag gives an interval.

import { element } from "../dom";
import { numberText } from "../numbers";
import type { Curve, Variable } from "./answer";
import { Card, type CardWishes } from "./card";
import { parsed, typed, type Interval, type Known } from "./findings";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 200;
const HEIGHT = 56;
const DRAG_PX = 4;
const DIGITS = 3;

export class CurveCard extends Card {
  private readonly plot = element("div", "wb-plot");
  private readonly svg = document.createElementNS(SVG, "svg");
  private readonly paths = {
    area: path("wb-area"),
    after: path("wb-line-after"),
    before: path("wb-line-before"),
  };
  private readonly mark = element("div", "wb-mark", { hidden: "" });
  private readonly ends = element("div", "wb-card-note");
  private readonly input = element("input", "wb-value", { type: "text", placeholder: "value or low..high" });
  private readonly told = element("span", "wb-moments");
  private range: [number, number] = [0, 1];
  private known: Known | undefined;

  constructor(column: number, wishes: CardWishes) {
    super(column, wishes);
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.append(...Object.values(this.paths));
    this.plot.append(this.svg, this.mark);
    const line = element("div", "wb-value-line", {}, this.input, this.told);
    this.body.append(this.plot, this.ends, line);
    this.plot.addEventListener("pointerdown", (event) => this.drag(event));
    this.input.addEventListener("change", () => this.typedIn());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.typedIn();
    });
  }

  protected show(variable: Variable, known: Known | undefined): void {
    this.known = known;
    this.input.setAttribute("aria-label", `${variable.name}: value or low..high`);
    if (this.input !== (this.input.getRootNode() as Document).activeElement) {
      this.input.value = typed(known);
      this.input.removeAttribute("aria-invalid");
    }
    this.told.textContent = momentsText(variable, known);
    this.plot.hidden = variable.curve === null;
    this.ends.hidden = variable.curve === null;
    if (variable.curve) this.draw(variable.curve, known);
  }

  private draw(curve: Curve, known: Known | undefined): void {
    const { x, before, after } = curve;
    this.range = [x[0], x[x.length - 1]];
    const isKnown = Number.isNaN(after[0]);
    const top = Math.max(...Array.from(before), ...(isKnown ? [] : Array.from(after)), 1e-300);
    const line = (y: ArrayLike<number>): string => linePath(x, y, top);
    const changes = isKnown || Array.from(before).some((y, i) => Math.abs(y - after[i]) > top / 500);
    this.paths.before.setAttribute("d", changes ? line(before) : "");
    this.paths.after.setAttribute("d", isKnown ? "" : line(after));
    this.paths.area.setAttribute("d", isKnown ? "" : `${line(after)}L${WIDTH},${HEIGHT}L0,${HEIGHT}Z`);
    const ends = this.range.map((end) => element("span", "", {}, numberText(end)));
    this.ends.replaceChildren(...ends);
    this.showMark(known);
  }

  private showMark(known: Known | undefined): void {
    const span = spanOf(known, this.range);
    this.mark.hidden = span === null;
    if (!span) return;
    const [from, to] = span.map((value) => 100 * this.shareOf(value));
    this.mark.classList.toggle("wb-mark-value", typeof known === "number");
    this.mark.style.left = `${from}%`;
    this.mark.style.width = `${Math.max(0, to - from)}%`;
  }

  private shareOf(value: number): number {
    const [low, high] = this.range;
    return Math.min(1, Math.max(0, (value - low) / (high - low)));
  }

  private valueAt(clientX: number): number {
    const box = this.plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    const [low, high] = this.range;
    const step = 10 ** (Math.floor(Math.log10(high - low)) - DIGITS + 1);
    return Number((Math.round((low + share * (high - low)) / step) * step).toPrecision(DIGITS + 3));
  }

  private drag(down: PointerEvent): void {
    if (down.button !== 0) return;
    down.preventDefault();
    const start = this.valueAt(down.clientX);
    const knownOf = (event: PointerEvent): Known => {
      const end = this.valueAt(event.clientX);
      const moved = Math.abs(event.clientX - down.clientX) >= DRAG_PX && end !== start;
      return moved ? { low: Math.min(start, end), high: Math.max(start, end) } : start;
    };
    const move = (event: PointerEvent): void => this.showMark(knownOf(event));
    const up = (event: PointerEvent): void => {
      this.plot.removeEventListener("pointermove", move);
      const chosen = knownOf(event);
      this.know(this.takesBack(chosen) ? undefined : chosen);
    };
    this.plot.setPointerCapture(down.pointerId);
    this.plot.addEventListener("pointermove", move);
    this.plot.addEventListener("pointerup", up, { once: true });
  }

  /** A click on what is known already. */
  private takesBack(chosen: Known): boolean {
    const span = spanOf(this.known, this.range);
    if (!span || typeof chosen !== "number") return false;
    const reach = 0.03 * (this.range[1] - this.range[0]);
    return chosen >= span[0] - reach && chosen <= span[1] + reach;
  }

  private typedIn(): void {
    const known = parsed(this.input.value);
    this.input.removeAttribute("aria-invalid");
    if (known !== null) {
      this.know(known);
      return;
    }
    this.input.setAttribute("aria-invalid", "true");
    this.told.textContent = "Type a number, or low..high; nothing was changed.";
  }
}

function path(className: string): SVGPathElement {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("class", className);
  made.setAttribute("vector-effect", "non-scaling-stroke");
  return made;
}

function linePath(x: ArrayLike<number>, y: ArrayLike<number>, top: number): string {
  const [low, high] = [x[0], x[x.length - 1]];
  const points = Array.from(x, (value, i) => {
    const across = (WIDTH * (value - low)) / (high - low || 1);
    return `${across.toFixed(2)},${(HEIGHT - 2 - ((HEIGHT - 4) * y[i]) / top).toFixed(2)}`;
  });
  return `M${points.join("L")}`;
}

/** From where to where it is known, cut to the axis; null where nothing is. */
export function spanOf(
  known: Known | undefined,
  [low, high]: [number, number],
): [number, number] | null {
  if (known === undefined || Array.isArray(known)) return null;
  if (typeof known === "number") return [known, known];
  const ends = known as Interval;
  return [Math.max(low, ends.low ?? low), Math.min(high, ends.high ?? high)];
}

function momentsText(variable: Variable, known: Known | undefined): string {
  const told = ([mean, deviation]: [number, number]): string =>
    `${numberText(mean)} \u00b1 ${numberText(deviation)}`;
  const { before, after } = variable.moments;
  if (known !== undefined) return `before ${told(before)}`;
  const [was, is] = [told(before), told(after)];
  return was === is ? is : `${was} \u2192 ${is}`;
}

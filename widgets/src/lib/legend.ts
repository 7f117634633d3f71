// The legend: what is in view with its count; a click filters, Alt-click isolates.

import { element } from "./dom";
import { dashOf, MARKS, SHAPES } from "./glyphs";
import type { Look, Scale } from "./looks";
import { numberText, quantityText } from "./numbers";
import { glyphOf, rampColour, STYLE, type Palette } from "./style";

export interface Entry {
  name: string;
  count: number;
}

const SWATCH = 16;
const FIRST = ["sum", "product", "leaf", "integral", "frontier", "expanding", "expanded", "solved"];

/** Units before their leaves, open nodes before closed ones. */
export function placeInLegend(name: string): number {
  const place = FIRST.findIndex((first) => name.startsWith(first));
  return place < 0 ? FIRST.length : place;
}

export class Legend {
  readonly el = element("details", "wb-legend", { open: "" });
  private readonly body = element("div", "wb-legend-body");

  constructor(private readonly toggle: (name: string, alone: boolean) => void) {
    this.el.append(element("summary", "", {}, "Legend"), this.body);
  }

  show(
    entries: Entry[],
    hidden: ReadonlySet<string>,
    looks: Look[],
    scale: Scale | null,
    palette: Palette,
  ): void {
    const items = entries.map((entry) => {
      const look = looks.find((candidate) => candidate.name === entry.name);
      return this.item(entry, hidden.has(entry.name), look, scale, palette);
    });
    this.body.replaceChildren(...items, ...(scale ? [ramp(scale, palette, looks)] : []));
  }

  private item(
    entry: Entry,
    off: boolean,
    look: Look | undefined,
    scale: Scale | null,
    palette: Palette,
  ): HTMLElement {
    const label = glyphOf(entry.name).label;
    const button = element(
      "button",
      "wb-legend-item",
      { type: "button", "aria-pressed": !off, title: `Click: fade. Alt-click: only ${label}.` },
      swatch(look, scale, palette),
      element("span", "", {}, label),
      element("span", "wb-count", {}, numberText(entry.count)),
    );
    button.addEventListener("click", (event) => this.toggle(entry.name, event.altKey));
    return button;
  }
}

function swatch(look: Look | undefined, scale: Scale | null, palette: Palette): HTMLCanvasElement {
  const canvas = element("canvas", "wb-swatch", { width: SWATCH * 2, height: SWATCH * 2 });
  const context = canvas.getContext("2d");
  if (!look || !context) return canvas;
  const neutral = scale !== null && ["hue", "ordinal"].includes(look.glyph.fill);
  const shape = SHAPES[look.glyph.shape] ?? SHAPES["circle"];
  context.scale(2, 2);
  const r = 6 * Math.min(1, look.glyph.scale);
  context.beginPath();
  shape(context, SWATCH / 2, SWATCH / 2, r);
  context.fillStyle = neutral ? rampColour(palette.ordinal, 0.5) : look.fill;
  context.fill();
  context.strokeStyle = neutral ? palette.surfaces.edge : look.outline;
  context.setLineDash(neutral ? [] : dashOf(look.dash));
  context.lineWidth = 1;
  context.stroke();
  context.setLineDash([]);
  const mark = MARKS[look.glyph.mark];
  if (!mark) return canvas;
  context.beginPath();
  mark(context, SWATCH / 2, SWATCH / 2, r);
  context.strokeStyle = neutral ? "#ffffff" : look.ink;
  context.lineWidth = 1.3;
  context.stroke();
  return canvas;
}

/** Ends, middle, name, unit and transform of the colours. */
function ramp(scale: Scale, palette: Palette, looks: Look[]): HTMLElement {
  const { label, unit, scale: transform } = scale.encoding;
  const from = looks.some((look) => look.glyph.fill === "ordinal") ? STYLE.detail.ordinal_from : 0;
  const bar = element("div", "wb-ramp");
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => rampColour(palette.ordinal, share, from));
  bar.style.background = `linear-gradient(to right, ${steps.join(", ")})`;
  const ends = endsOf(scale).map((text) => element("span", "", {}, text));
  const named = unit && !label.startsWith(unit) ? `${label} (${unit})` : label;
  const name = `${named}: ${transform} scale`;
  return element(
    "div",
    "wb-scale",
    { role: "img", "aria-label": `${name}, ${quantityText(scale.low, unit)} to ${quantityText(scale.high, unit)}` },
    element("div", "wb-scale-name", {}, name),
    bar,
    element("div", "wb-scale-ends", {}, ...ends),
  );
}

/** The ends and the middle; one number where there is but one. */
function endsOf({ low, middle, high }: Scale): string[] {
  const texts = [low, middle, high].map((value) => numberText(value));
  return texts[0] === texts[2] ? [`${texts[0]} throughout`] : texts;
}

// Which nodes look alike: the painter draws each look in one stroke.

import { range, type Encoding, type Scene } from "./scene";
import { glyphOf, inkOn, lineColour, rampColour, STYLE, type Glyph, type Palette } from "./style";

export interface Look {
  name: string;
  glyph: Glyph;
  fill: string;
  outline: string;
  dash: string;
  ink: string;
  rows: Int32Array;
}

export interface Scale {
  encoding: Encoding;
  low: number;
  middle: number;
  high: number;
  share: (value: number) => number;
}

const SHADES = 24;
const MISSING = -1;
const UNSCALED = -2;

type Maker = (values: ArrayLike<number>) => Pick<Scale, "low" | "middle" | "high" | "share">;

const SCALES: Partial<Record<string, Maker>> = {
  linear: (values) => {
    const [low, high] = range(values);
    const share = constant(low, high) ? () => 1 : (value: number) => (value - low) / (high - low);
    return { low, middle: (low + high) / 2, high, share };
  },
  log: (values) => {
    const [low, high] = range(values);
    const span = Math.log(high / low);
    const share = constant(low, high) ? () => 1 : (value: number) => Math.log(value / low) / span;
    return { low, middle: Math.sqrt(low * high), high, share };
  },
  rank: (values) => {
    const sorted = Float64Array.from(values).sort();
    const last = Math.max(sorted.length - 1, 1);
    const share = (value: number): number => firstAtLeast(sorted, value) / last;
    return { low: sorted[0], middle: sorted[sorted.length >> 1], high: sorted[last], share };
  },
};

/** Whether values differ by no more than rounding does: then colour must not tell them apart. */
function constant(low: number, high: number): boolean {
  return high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The scale that colours the nodes, null when the kind does. */
export function scaleOf(scene: Scene): Scale | null {
  const encoding = scene.header.encodings["colour"];
  const make = encoding ? SCALES[encoding.scale] : undefined;
  const values = make ? scene.nodes.numbers[encoding.column] : undefined;
  if (!make || !values) return null;
  const known = Float64Array.from(values).filter((value) => Number.isFinite(value));
  return known.length ? { encoding, ...make(known) } : null;
}

/** Batches of rows that are filled, outlined and marked alike, the most frequent first. */
export function looksOf(scene: Scene, palette: Palette, scale: Scale | null): Look[] {
  const { codes, texts } = scene.nodes.words["glyph"];
  const values = scale ? scene.nodes.numbers[scale.encoding.column] : null;
  const groups = new Map<string, number[]>();
  for (let row = 0; row < scene.n; row++) {
    const shade = scale && values ? shadeOf(scale, values[row], texts[codes[row]]) : UNSCALED;
    const key = `${codes[row]} ${shade}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const looks = Array.from(groups, ([key, rows]) => {
    const [code, shade] = key.split(" ").map(Number);
    return lookOf(texts[code], shade, palette, Int32Array.from(rows));
  });
  return looks.sort((a, b) => b.rows.length - a.rows.length);
}

function shadeOf(scale: Scale, value: number, name: string): number {
  const fill = glyphOf(name).fill;
  if (fill !== "hue" && fill !== "ordinal") return UNSCALED;
  if (!Number.isFinite(value)) return MISSING;
  return Math.round(Math.min(1, Math.max(0, scale.share(value))) * SHADES);
}

function lookOf(name: string, shade: number, palette: Palette, rows: Int32Array): Look {
  const glyph = glyphOf(name);
  const look = { name, glyph, dash: glyph.dash, rows };
  if (shade === UNSCALED) return { ...look, ...plainColours(glyph, palette) };
  const outline = palette.surfaces.edge;
  if (shade === MISSING) {
    const { canvas, muted } = palette.surfaces;
    return { ...look, dash: "dotted", fill: canvas, outline, ink: muted };
  }
  const from = glyph.fill === "ordinal" ? STYLE.detail.ordinal_from : 0;
  const fill = rampColour(palette.ordinal, shade / SHADES, from);
  return { ...look, fill, outline, ink: inkOn(fill) };
}

type Colours = Pick<Look, "fill" | "outline" | "ink">;

const FILLS: Record<string, (glyph: Glyph, palette: Palette) => Omit<Colours, "outline">> = {
  none: (_, palette) => ({ fill: palette.surfaces.canvas, ink: palette.surfaces.muted }),
  ordinal: (_, palette) => ({ fill: palette.surfaces.canvas, ink: palette.surfaces.muted }),
  panel: (_, palette) => ({ fill: palette.surfaces.panel, ink: palette.surfaces.muted }),
  text: (_, palette) => ({ fill: palette.surfaces.text, ink: palette.surfaces.canvas }),
  hue: (glyph, palette) => {
    const hue = palette.hues[glyph.hue];
    return { fill: hue.colour, ink: hue.label };
  },
  solved: (_, palette) => ({ fill: palette.states.solved, ink: palette.states.mark_colour }),
  failed: (_, palette) => ({ fill: palette.states.failed, ink: palette.states.mark_colour }),
};

function plainColours(glyph: Glyph, palette: Palette): Colours {
  const outline = lineColour(palette, glyph.line, glyph.hue);
  return { ...FILLS[glyph.fill](glyph, palette), outline };
}

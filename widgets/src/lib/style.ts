// The one style table, as written by workbench/views/style.py.

import table from "../style.json";

export type Theme = "light" | "dark";

export interface Glyph {
  label: string;
  shape: string;
  mark: string;
  fill: string;
  line: string;
  dash: string;
  hue: number;
  scale: number;
}

export interface Ring {
  line: string;
  width_px: number;
  gap_px: number;
  dash: string;
}

export const STYLE = table;
export const GLYPHS: Record<string, Glyph> = table.glyphs;
export const RINGS: Record<string, Ring> = table.rings;
export type Palette = typeof table.palettes.light;
export const GLYPH_DIAMETER = 0.6; // layout units, as in workbench/views/node_link.py

const PLAIN: Glyph = {
  label: "node",
  shape: "circle",
  mark: "",
  fill: "none",
  line: "edge",
  dash: "solid",
  hue: -1,
  scale: 1,
};

export function glyphOf(name: string): Glyph {
  return GLYPHS[name] ?? PLAIN;
}

export function paletteOf(theme: Theme): Palette {
  return table.palettes[theme];
}

/** The colour that a style entry names, in this palette. */
export function lineColour(palette: Palette, line: string, hue: number): string {
  if (line === "hue" && hue >= 0) return palette.hues[hue].colour;
  const named = { ...palette.surfaces, ...palette.states } as Record<string, string>;
  return named[line] ?? palette.surfaces.edge;
}

export function channels(colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
}

/** The colour at `share` in 0..1 of `ramp`, from step `from` on, between its steps. */
export function rampColour(ramp: readonly string[], share: number, from = 0): string {
  const place = from + Math.min(1, Math.max(0, share)) * (ramp.length - 1 - from);
  const low = Math.min(Math.floor(place), ramp.length - 2);
  const start = channels(ramp[low]);
  const stop = channels(ramp[low + 1]);
  const mixed = start.map((a, i) => Math.round(a + (stop[i] - a) * (place - low)));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Which of the two inks is easier to read on `colour`. */
export function inkOn(colour: string): string {
  return luminance(colour) > 0.18 ? "#14171c" : "#ffffff";
}

export function luminance(colour: string): number {
  const [r, g, b] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The CSS custom properties that widgets.css reads. */
export function cssVariables(palette: Palette): Record<string, string> {
  const named = { ...palette.surfaces, ...palette.states } as Record<string, string>;
  return Object.fromEntries(
    Object.entries(named).map(([name, colour]) => [`--wb-${name.replace("_", "-")}`, colour]),
  );
}

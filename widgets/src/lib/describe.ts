// What a node is called and said to be: the same words in tooltip, card, table and for the ear.

import { quantityText, numberText } from "./numbers";
import { BETWEEN_NAMES, edgesOf, textOf, type Scene } from "./scene";

export interface Description {
  title: string;
  rows: [name: string, value: string][];
}

export type Describe = (scene: Scene, row: number) => Description;

/** Rows without those whose name came before: the measure may be one of the fixed rows. */
export function distinct(rows: Description["rows"]): Description["rows"] {
  const names = rows.map(([name]) => name);
  return rows.filter(([name], place) => names.indexOf(name) === place);
}

/** What a whole view is said to be, and how it is used from the keyboard. */
export function summaryOf(title: string, scene: Scene | null): string {
  const size = scene ? `${numberText(scene.n)} nodes, ${numberText(scene.edges.n)} edges` : "empty";
  const help = "Arrow keys move along edges, F fits, slash searches, T opens a table.";
  return `${title}: ${size}. ${help}`;
}

/** The measure that colours the nodes, with its rank. */
export function measureRow(scene: Scene, row: number): [string, string][] {
  const encoding = scene.header.encodings["colour"];
  if (!encoding || encoding.scale === "nominal") return [];
  const value = scene.nodes.numbers[encoding.column]?.[row] ?? NaN;
  const rank = scene.nodes.numbers["rank"]?.[row] ?? 0;
  const shown: [string, string] = [encoding.label, quantityText(value, encoding.unit)];
  return rank > 0 ? [shown, ["rank", `${numberText(rank)} of ${numberText(scene.n)}`]] : [shown];
}

/** How many children, and the one with the largest weight. */
export function childrenRow(scene: Scene, row: number): [string, string][] {
  const count = scene.below.offsets[row + 1] - scene.below.offsets[row];
  if (!count) return [];
  const weight = scene.edges.numbers["weight"];
  let best = -1;
  for (const edge of edgesOf(scene.below, row)) {
    if (weight?.[edge] >= 0 && (best < 0 || weight[edge] > weight[best])) best = edge;
  }
  const heaviest =
    best < 0 ? "" : `  heaviest ${numberText(weight[best])} \u2192 ${scene.ids[scene.target[best]]}`;
  return [["children", numberText(count) + heaviest]];
}

const SCOPE_SHOWN = 4;

/** The first variables of the scope and how many more there are. */
export function scopeRow(scene: Scene, row: number): [string, string][] {
  const names = textOf(scene.nodes, "scope", row).split(BETWEEN_NAMES).filter(Boolean);
  if (!names.length) return [];
  const left = /^\+(\d+)$/.exec(names.at(-1)!); // the figure names only so many
  const more = (left ? names.length - 1 + Number(left[1]) : names.length) - SCOPE_SHOWN;
  const shown = names.slice(0, SCOPE_SHOWN).join(BETWEEN_NAMES);
  return [["scope", more > 0 ? `${shown} +${more}` : shown]];
}

/** One row for a column of numbers, none where the column or the value is missing. */
export function numberRow(
  scene: Scene,
  row: number,
  column: string,
  name: string,
  unit = "",
): [string, string][] {
  const value = scene.nodes.numbers[column]?.[row] ?? NaN;
  return Number.isNaN(value) ? [] : [[name, quantityText(value, unit)]];
}

// The figure of posteriors, as workbench/views/posterior_figure.py makes it, by variable.

import { tablesOf, textOf, type Encoding, type Header, type Numbers, type Table } from "../scene";

export interface Bars {
  labels: string[];
  before: ArrayLike<number>;
  after: ArrayLike<number>;
  top: number;
}

export interface Curve {
  x: ArrayLike<number>;
  before: ArrayLike<number>;
  after: ArrayLike<number>;
}

export interface Moments {
  before: [mean: number, deviation: number];
  after: [mean: number, deviation: number];
}

export interface Variable {
  column: number;
  name: string;
  change: number;
  bars: Bars | null;
  curve: Curve | null;
  moments: Moments;
}

export interface Pixels {
  height: number;
  width: number;
  columns: ArrayLike<number>;
  rows: ArrayLike<number>;
  places: ArrayLike<number>;
  before: ArrayLike<number>;
  after: ArrayLike<number>;
}

export interface Answer {
  revision: string;
  variables: Variable[];
  byColumn: Map<number, Variable>;
  pixels: Pixels | null;
}

/** The answer, or null while header and bytes do not belong together. */
export function decodeAnswer(header: unknown, bytes: Uint8Array): Answer | null {
  const read = tablesOf(header, bytes);
  if (!read) return null;
  const described = header as Header;
  const variables = variablesOf(read("variables"), read("bars"), read("lines"));
  return {
    revision: described.revision,
    variables,
    byColumn: new Map(variables.map((variable) => [variable.column, variable])),
    pixels: "pixels" in described.tables ? pixelsOf(read("pixels"), described.encodings) : null,
  };
}

function variablesOf(table: Table, bars: Table, lines: Table): Variable[] {
  const barSpans = spans(bars, table.n);
  const lineSpans = spans(lines, table.n);
  const at = (name: string, row: number): number => table.numbers[name]?.[row] ?? NaN;
  return Array.from({ length: table.n }, (_, row) => ({
    column: at("column", row),
    name: textOf(table, "name", row),
    change: at("change", row),
    bars: barsOf(bars, barSpans[row]),
    curve: curveOf(lines, lineSpans[row]),
    moments: {
      before: [at("mean_before", row), at("deviation_before", row)],
      after: [at("mean_after", row), at("deviation_after", row)],
    },
  }));
}

/** Where the rows of each variable begin and end in a table that is sorted by variable. */
export function spans(table: Table, n: number): [number, number][] {
  const variable = table.numbers["variable"] ?? [];
  const found: [number, number][] = Array.from({ length: n }, () => [0, 0]);
  for (let i = 0; i < variable.length; i++) {
    const span = found[variable[i]];
    if (span[0] === span[1]) found[variable[i]] = [i, i + 1];
    else span[1] = i + 1;
  }
  return found;
}

function part(table: Table, name: string, [from, to]: [number, number]): Numbers {
  return (table.numbers[name] as Float64Array).subarray(from, to);
}

function barsOf(table: Table, span: [number, number]): Bars | null {
  if (span[0] === span[1]) return null;
  const [before, after] = [part(table, "before", span), part(table, "after", span)];
  const labels = Array.from(before, (_, i) => textOf(table, "category", span[0] + i));
  return { labels, before, after, top: Math.max(...before, ...after) };
}

function curveOf(table: Table, span: [number, number]): Curve | null {
  if (span[0] === span[1]) return null;
  const [x, before, after] = ["x", "before", "after"].map((name) => part(table, name, span));
  return { x, before, after };
}

function pixelsOf(table: Table, encodings: Record<string, Encoding>): Pixels {
  const { column, row, place, before, after } = table.numbers;
  return {
    height: Number(encodings["rows"]?.label ?? 1),
    width: Number(encodings["columns"]?.label ?? 1),
    columns: column,
    rows: row,
    places: place,
    before,
    after,
  };
}

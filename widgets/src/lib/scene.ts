// Decodes the columns that workbench/widgets/scene.py lays out.

export const VERSION = 1;
export const BETWEEN_NAMES = ", "; // of the variables in a scope
const REVISION_BYTES = 16;

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

interface ArrayHeader {
  type: string;
  at: number;
  n: number;
}

interface ColumnHeader extends ArrayHeader {
  texts?: { ends: ArrayHeader; utf8: ArrayHeader };
}

interface TableHeader {
  n_rows: number;
  columns: Record<string, ColumnHeader>;
}

export interface Encoding {
  table: string;
  column: string;
  label: string;
  scale: "linear" | "log" | "rank" | "nominal";
  unit: string;
}

export interface Header {
  version: number;
  revision: string;
  kind: string;
  layout: string;
  tables: Record<string, TableHeader>;
  encodings: Record<string, Encoding>;
  caption: string;
}

/** A column of words: a code per row into a list of distinct texts. */
export interface Words {
  codes: Int32Array;
  texts: string[];
}

export interface Table {
  n: number;
  numbers: Record<string, Numbers>;
  words: Record<string, Words>;
}

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Edge rows by node: those of node i are `edges[offsets[i]]` up to `edges[offsets[i + 1] - 1]`. */
export interface Incidence {
  offsets: Int32Array;
  edges: Int32Array;
}

export interface Scene {
  header: Header;
  n: number;
  nodes: Table;
  edges: Table;
  x: Float32Array;
  y: Float32Array;
  ids: Numbers;
  source: Int32Array;
  target: Int32Array;
  below: Incidence;
  above: Incidence;
  bendStarts: Int32Array;
  bendX: Float32Array;
  bendY: Float32Array;
  bounds: Bounds;
  rowOf: Map<number, number>;
}

const ARRAYS: Record<string, (buffer: ArrayBuffer, at: number, n: number) => Numbers> = {
  float32: (buffer, at, n) => new Float32Array(buffer, at, n),
  float64: (buffer, at, n) => new Float64Array(buffer, at, n),
  int32: (buffer, at, n) => new Int32Array(buffer, at, n),
  uint8: (buffer, at, n) => new Uint8Array(buffer, at, n),
};

/** What reads a table of the figure, or null while header and bytes do not belong together. */
export function tablesOf(header: unknown, bytes: Uint8Array): ((name: string) => Table) | null {
  const described = header as Header;
  if (described?.version !== VERSION || bytes.length < REVISION_BYTES) return null;
  const revision = new TextDecoder().decode(bytes.subarray(0, REVISION_BYTES));
  if (revision !== described.revision) return null;
  const buffer = bytes.slice().buffer;
  return (name) => readTable(described.tables[name], buffer);
}

/** The scene, or null while header and bytes do not belong together. */
export function decode(header: unknown, bytes: Uint8Array): Scene | null {
  const read = tablesOf(header, bytes);
  return read && assemble(header as Header, read("nodes"), read("edges"), read("bends"));
}

function assemble(header: Header, nodes: Table, edges: Table, bends: Table): Scene {
  const source = (edges.numbers["source"] ?? new Int32Array(0)) as Int32Array;
  const target = (edges.numbers["target"] ?? new Int32Array(0)) as Int32Array;
  const x = nodes.numbers["x"] as Float32Array;
  const y = nodes.numbers["y"] as Float32Array;
  const ids = nodes.numbers["id"];
  return {
    header,
    n: nodes.n,
    nodes,
    edges,
    x,
    y,
    ids,
    source,
    target,
    below: incidence(source, nodes.n),
    above: incidence(target, nodes.n),
    bendStarts: starts((bends.numbers["edge"] ?? new Int32Array(0)) as Int32Array, edges.n),
    bendX: (bends.numbers["x"] ?? new Float32Array(0)) as Float32Array,
    bendY: (bends.numbers["y"] ?? new Float32Array(0)) as Float32Array,
    bounds: boundsOf(x, y),
    rowOf: new Map(Array.from(ids, (id, row) => [id, row])),
  };
}

function readTable(header: TableHeader | undefined, buffer: ArrayBuffer): Table {
  const table: Table = { n: header?.n_rows ?? 0, numbers: {}, words: {} };
  for (const [name, column] of Object.entries(header?.columns ?? {})) {
    const values = readArray(column, buffer);
    if (column.texts) {
      table.words[name] = { codes: values as Int32Array, texts: readTexts(column.texts, buffer) };
    } else {
      table.numbers[name] = values;
    }
  }
  return table;
}

function readArray(header: ArrayHeader, buffer: ArrayBuffer): Numbers {
  return ARRAYS[header.type](buffer, header.at, header.n);
}

function readTexts(
  header: { ends: ArrayHeader; utf8: ArrayHeader },
  buffer: ArrayBuffer,
): string[] {
  const ends = readArray(header.ends, buffer);
  const utf8 = readArray(header.utf8, buffer) as Uint8Array;
  const decoder = new TextDecoder();
  const texts = new Array<string>(ends.length - 1);
  for (let i = 0; i < texts.length; i++) {
    texts[i] = decoder.decode(utf8.subarray(ends[i], ends[i + 1]));
  }
  return texts;
}

/** Edges grouped by one of their ends, in order of edge within a group. */
export function incidence(ends: Int32Array, n: number): Incidence {
  const offsets = new Int32Array(n + 1);
  for (const end of ends) offsets[end + 1] += 1;
  for (let i = 0; i < n; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice();
  const edges = new Int32Array(ends.length);
  for (let edge = 0; edge < ends.length; edge++) edges[next[ends[edge]]++] = edge;
  return { offsets, edges };
}

/** Where each group starts in a sorted column of group numbers; one more entry than groups. */
export function starts(sorted: Int32Array, n: number): Int32Array {
  const counts = new Int32Array(n + 1);
  for (const group of sorted) counts[group + 1] += 1;
  for (let i = 0; i < n; i++) counts[i + 1] += counts[i];
  return counts;
}

function boundsOf(x: Float32Array, y: Float32Array): Bounds {
  const bounds = { left: 0, top: 0, right: 0, bottom: 0 };
  if (x.length === 0) return bounds;
  [bounds.left, bounds.right] = range(x);
  [bounds.top, bounds.bottom] = range(y);
  return bounds;
}

export function range(values: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}

/** The text of a row, "" where there is no such column. */
export function textOf(table: Table, name: string, row: number): string {
  const words = table.words[name];
  return words ? words.texts[words.codes[row]] : "";
}

export function* edgesOf(group: Incidence, node: number): Generator<number> {
  for (let i = group.offsets[node]; i < group.offsets[node + 1]; i++) yield group.edges[i];
}

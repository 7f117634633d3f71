// A small figure laid out by hand in the format of workbench/widgets/scene.py.

const REVISION = "0123456789abcdef";

class Writer {
  parts: Uint8Array[] = [new TextEncoder().encode(REVISION)];
  length = 16;

  array(type: string, values: ArrayBufferView, n: number): { type: string; at: number; n: number } {
    const at = this.length;
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const padded = new Uint8Array(Math.ceil(raw.length / 8) * 8);
    padded.set(raw);
    this.parts.push(padded);
    this.length += padded.length;
    return { type, at, n };
  }

  words(texts: string[]): object {
    const distinct = [...new Set(texts)];
    const encoded = distinct.map((text) => new TextEncoder().encode(text));
    const ends = [0];
    for (const part of encoded) ends.push(ends.at(-1)! + part.length);
    const utf8 = Uint8Array.from(encoded.flatMap((part) => [...part]));
    const codes = Int32Array.from(texts.map((text) => distinct.indexOf(text)));
    return {
      ...this.array("int32", codes, codes.length),
      texts: {
        ends: this.array("int32", Int32Array.from(ends), ends.length),
        utf8: this.array("uint8", utf8, utf8.length),
      },
    };
  }
}

/** A sum (row 0) over two leaves (1, 2) and a sum (3) with a bend on the edge to row 3. */
export function payload(): { header: Record<string, unknown>; bytes: Uint8Array } {
  const w = new Writer();
  const f32 = (...v: number[]): object => w.array("float32", Float32Array.from(v), v.length);
  const f64 = (...v: number[]): object => w.array("float64", Float64Array.from(v), v.length);
  const i32 = (...v: number[]): object => w.array("int32", Int32Array.from(v), v.length);
  const nodes = {
    id: f64(7, 69, 70, 1),
    x: f32(0, -1, 1, 0),
    y: f32(0, 2, 2, 4),
    value: f64(0.1, 0.01, NaN, 1),
    label: w.words(["sum 7", "leaf \u00e9", "leaf \u00e9", "sum 1"]),
    kind: w.words(["sum", "leaf", "leaf", "sum"]),
    glyph: w.words(["sum", "leaf", "leaf", "sum"]),
    scope: w.words(["x1, x12", "x1", "a, b, c, d, e, +36", "petal length"]),
  };
  const edges = {
    source: i32(0, 0, 0),
    target: i32(1, 2, 3),
    weight: f32(0.2, 0.7, 0.1),
    dashed: w.array("uint8", Uint8Array.of(0, 1, 0), 3),
  };
  const bends = { edge: i32(2), x: f32(0.5), y: f32(2) };
  const table = (columns: object, n_rows: number): object => ({ n_rows, columns });
  const header = {
    version: 1,
    revision: REVISION,
    kind: "circuit",
    layout: "l",
    tables: { nodes: table(nodes, 4), edges: table(edges, 3), bends: table(bends, 1) },
    encodings: {
      colour: { table: "nodes", column: "value", label: "flow", scale: "log", unit: "" },
    },
    caption: "",
  };
  const bytes = new Uint8Array(w.length);
  let at = 0;
  for (const part of w.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { header, bytes };
}

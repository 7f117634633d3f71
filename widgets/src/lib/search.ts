// The search language: words, `column:text`, and comparisons such as `flow>0.01`.

import { BETWEEN_NAMES, type Scene } from "./scene";

export type Test = (row: number) => boolean;

const COMPARISON = /^([a-z_]+)(>=|<=|>|<|=)(-?[\d.]+(?:e-?\d+)?)$/i;
const MATCH = /^([a-z_]+):(.+)$/i;

const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b,
};

/** The rows that satisfy every term of `query`; none for an empty query. */
export function search(scene: Scene, query: string): number[] {
  const tests = query.trim().toLowerCase().split(/\s+/).filter(Boolean).map((t) => test(scene, t));
  if (!tests.length) return [];
  const rows: number[] = [];
  for (let row = 0; row < scene.n; row++) {
    if (tests.every((holds) => holds(row))) rows.push(row);
  }
  return rows;
}

function test(scene: Scene, term: string): Test {
  const comparison = COMPARISON.exec(term);
  if (comparison) return compare(scene, comparison[1], comparison[2], Number(comparison[3]));
  const match = MATCH.exec(term);
  if (match) return contains(scene, [match[1]], match[2]);
  return contains(scene, [...Object.keys(scene.nodes.words), "id"], term);
}

function compare(scene: Scene, name: string, sign: string, limit: number): Test {
  const holds = COMPARE[sign];
  const values = numbersOf(scene, name);
  return values ? (row) => holds(values[row], limit) : () => false;
}

/** A column by its name, or the one that colours the nodes by a word of its label. */
function numbersOf(scene: Scene, name: string): ArrayLike<number> | undefined {
  const colour = scene.header.encodings["colour"];
  const named = colour?.label.toLowerCase().split(" ").includes(name);
  return scene.nodes.numbers[named ? colour!.column : name];
}

function contains(scene: Scene, names: string[], text: string): Test {
  const tests = names.map((name) => containsIn(scene, name, text));
  return (row) => tests.some((holds) => holds(row));
}

/** Words are compared once per distinct text; scopes by whole names, or whole words of them. */
function containsIn(scene: Scene, name: string, text: string): Test {
  const words = scene.nodes.words[name];
  if (words) {
    const matching = words.texts.map((words) => matches(name, words.toLowerCase(), text));
    return (row) => matching[words.codes[row]];
  }
  const numbers = scene.nodes.numbers[name];
  return numbers ? (row) => String(numbers[row]) === text : () => false;
}

function matches(name: string, words: string, text: string): boolean {
  if (name !== "scope") return words.includes(text);
  return words.split(BETWEEN_NAMES).some((known) => known === text || known.split(" ").includes(text));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { spans, type Variable } from "../src/lib/evidence/answer";
import { spanOf } from "../src/lib/evidence/curve";
import { shown } from "../src/lib/evidence/order";
import { Outbox } from "../src/lib/evidence/outbox";
import { boundsText } from "../src/lib/evidence/results";
import { stepTo } from "../src/lib/rove";

function variables(n: number): Variable[] {
  return Array.from({ length: n }, (_, column) => ({
    column,
    name: `x${column}`,
    change: (column * 7) % n,
    bars: null,
    curve: null,
    moments: { before: [0, 0], after: [0, 0] },
  }));
}

const nothing = { focus: [], known: new Set<number>(), hidesKnown: false, query: "", most: 12 };
const columns = (found: Variable[]): number[] => found.map(({ column }) => column);

test("few variables keep their places", () => {
  assert.deepEqual(columns(shown(variables(5), { ...nothing, focus: [3], most: 2 })), [0, 1, 2, 3, 4]);
});

test("of many, those looked at come first, then known, then most changed", () => {
  const found = shown(variables(40), { ...nothing, focus: [9, 2], known: new Set([30]), most: 5 });
  assert.deepEqual(columns(found), [9, 2, 30, 17, 34]);
});

test("what a picture shows as known has a card only when looked at or searched", () => {
  const wanted = { ...nothing, hidesKnown: true, known: new Set([30, 31]), focus: [31], most: 3 };
  assert.deepEqual(columns(shown(variables(40), wanted)), [31, 17, 34]);
  assert.deepEqual(columns(shown(variables(40), { ...wanted, query: "x30" })), [30]);
});

test("a search looks through all names", () => {
  assert.deepEqual(columns(shown(variables(40), { ...nothing, query: "X39" })), [39]);
});

test("rows of each variable are found in a sorted table", () => {
  const table = { n: 4, numbers: { variable: Int32Array.of(0, 0, 2, 2) }, words: {} };
  assert.deepEqual(spans(table, 3), [[0, 2], [0, 0], [2, 4]]);
});

test("arrow keys stay in the grid and in their row", () => {
  assert.equal(stepTo("ArrowRight", 0, 6, 3), 1);
  assert.equal(stepTo("ArrowRight", 2, 6, 3), 2);
  assert.equal(stepTo("ArrowDown", 2, 6, 3), 5);
  assert.equal(stepTo("ArrowDown", 5, 6, 3), 5);
  assert.equal(stepTo("ArrowDown", 1, 4), 2);
  assert.equal(stepTo("End", 1, 4), 3);
  assert.equal(stepTo("a", 1, 4), -1);
});

test("marks of what is known are cut to the axis", () => {
  assert.deepEqual(spanOf({ low: null, high: 3 }, [1, 2]), [1, 2]);
  assert.deepEqual(spanOf(1.5, [1, 2]), [1.5, 1.5]);
  assert.equal(spanOf(undefined, [1, 2]), null);
});

test("a bound is never shown as if it were exact", () => {
  assert.equal(boundsText({ state: "exact", low: -2, high: -2, reason: "why" }), "log-probability \u22122 nats; why");
  const bounded = boundsText({ state: "bounded", low: -3, high: -2 });
  assert.equal(bounded, "log-probability of the best in [\u22123, \u22122] nats");
  assert.equal(boundsText({ state: "running", low: null, high: null }), "no bounds yet");
  assert.match(boundsText({ state: "running", low: null, high: -2, is_density: true }), /^log-density at most/);
});

function model(): { get(n: string): any; set(n: string, v: unknown): void; save_changes(): void; on(): void; off(): void; sent: any[] } {
  const fields: Record<string, unknown> = { findings: { seq: 4, known: { "0": 1 } } };
  const sent: unknown[] = [];
  return {
    get: (name) => fields[name],
    set: (name, value) => {
      fields[name] = value;
      sent.push(value);
    },
    save_changes: () => undefined,
    on: () => undefined,
    off: () => undefined,
    sent,
  };
}

test("evidence waits for the answer before it, and only the newest is sent", () => {
  (globalThis as any).window ??= globalThis;
  const host = model();
  const outbox = new Outbox(host);
  outbox.send({ "0": 1 });
  assert.deepEqual(host.sent, []); // nothing new
  outbox.send({ "0": 2 });
  outbox.send({ "0": 3 });
  outbox.send({ "0": 3, "1": 0 });
  assert.deepEqual(host.sent, [{ seq: 5, known: { "0": 2 } }]);
  assert.deepEqual(outbox.findings, { "0": 3, "1": 0 });
  assert.equal(outbox.answered(4), null); // of earlier evidence
  assert.ok(outbox.answered(5)! >= 0);
  assert.deepEqual(host.sent.at(-1), { seq: 6, known: { "0": 3, "1": 0 } });
  outbox.answered(6);
  assert.equal(host.sent.length, 2);
  outbox.dispose();
});

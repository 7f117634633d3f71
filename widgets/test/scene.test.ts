import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../src/lib/host";
import { decode, incidence, range, starts, textOf } from "../src/lib/scene";
import { payload } from "./payload";

test("columns, words and flags come out as they went in", () => {
  const { header, bytes } = payload();
  const scene = decode(header, bytes)!;
  assert.equal(scene.n, 4);
  assert.deepEqual([...scene.x], [0, -1, 1, 0]);
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => textOf(scene.nodes, "label", row)),
    ["sum 7", "leaf \u00e9", "leaf \u00e9", "sum 1"],
  );
  assert.equal(scene.rowOf.get(70), 2);
  assert.deepEqual(scene.bounds, { left: -1, right: 1, top: 0, bottom: 4 });
});

test("a header never goes with the bytes of another figure", () => {
  const { header, bytes } = payload();
  const other = bytes.slice();
  other[0] ^= 1;
  assert.equal(decode(header, other), null);
  assert.equal(decode({ ...header, version: 99 }, bytes), null);
  assert.equal(decode(header, new Uint8Array(0)), null);
  assert.equal(decode({}, bytes), null);
});

test("bytes are found wherever a host puts them", () => {
  const whole = Uint8Array.of(9, 1, 2, 3, 9);
  const part = new DataView(whole.buffer, 1, 3);
  assert.deepEqual([...bytesOf(part)], [1, 2, 3]);
  assert.deepEqual([...bytesOf(whole.buffer)], [...whole]);
  assert.deepEqual([...bytesOf(whole.subarray(1, 3))], [1, 2]);
  assert.equal(bytesOf(null).length, 0);
});

test("a view into a larger buffer at an odd offset decodes", () => {
  const { header, bytes } = payload();
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  assert.equal(decode(header, larger.subarray(3))!.n, 4);
});

test("edges are grouped by their ends in order", () => {
  const group = incidence(Int32Array.of(2, 0, 2, 1), 4);
  assert.deepEqual([...group.offsets], [0, 1, 2, 4, 4]);
  assert.deepEqual([...group.edges], [1, 3, 0, 2]);
});

test("groups of a sorted column start where they start", () => {
  assert.deepEqual([...starts(Int32Array.of(0, 0, 2), 3)], [0, 2, 2, 3]);
  assert.deepEqual(range([3, NaN, -1]), [-1, 3]);
});

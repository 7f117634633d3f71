import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/lib/scene";
import { search } from "../src/lib/search";
import { payload } from "./payload";

const { header, bytes } = payload();
const scene = decode(header, bytes)!;

test("words match any column of words, and ids", () => {
  assert.deepEqual(search(scene, "LEAF"), [1, 2]);
  assert.deepEqual(search(scene, "70"), [2]);
});

test("scopes match whole names", () => {
  assert.deepEqual(search(scene, "scope:x1"), [0, 1]);
  assert.deepEqual(search(scene, "scope:x99"), []);
  assert.deepEqual(search(scene, "scope:petal"), [3]);
  assert.deepEqual(search(scene, "scope:x"), []);
});

test("comparisons use columns or the name of the measure; missing values never match", () => {
  assert.deepEqual(search(scene, "flow>=0.1"), [0, 3]);
  assert.deepEqual(search(scene, "value<0.05"), [1]);
  assert.deepEqual(search(scene, "nonsense>1"), []);
});

test("a word of a longer name of the measure is enough", () => {
  const colour = { ...scene.header.encodings["colour"], label: "largest flow in the region" };
  const longer = { ...scene, header: { ...scene.header, encodings: { colour } } };
  assert.deepEqual(search(longer, "flow>=0.1"), [0, 3]);
});

test("all terms must hold, and nothing is sought in an empty query", () => {
  assert.deepEqual(search(scene, "kind:sum flow>0.5"), [3]);
  assert.deepEqual(search(scene, "  "), []);
});

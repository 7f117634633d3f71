import assert from "node:assert/strict";
import { test } from "node:test";
import { toScreen } from "../src/lib/camera";
import { rowAt, rowsIn } from "../src/lib/hit";
import { decode } from "../src/lib/scene";
import { payload } from "./payload";

const size = { width: 400, height: 400 };
const camera = { x: 0, y: 2, zoom: 50 };
const { header, bytes } = payload();
const scene = decode(header, bytes)!;

test("the nearest node within reach is found", () => {
  for (let row = 0; row < scene.n; row++) {
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    assert.equal(rowAt(scene, camera, size, { x: at.x + 6, y: at.y - 5 }, 10), row);
  }
});

test("far from every node there is nothing", () => {
  assert.equal(rowAt(scene, camera, size, { x: 2, y: 2 }, 10), -1);
});

test("a box takes its nodes whichever corner it started from", () => {
  const a = toScreen(camera, size, { x: -1.5, y: 1.5 });
  const b = toScreen(camera, size, { x: 1.5, y: 2.5 });
  assert.deepEqual(rowsIn(scene, camera, size, a, b), [1, 2]);
  assert.deepEqual(rowsIn(scene, camera, size, b, a), [1, 2]);
});

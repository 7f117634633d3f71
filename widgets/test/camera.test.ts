import assert from "node:assert/strict";
import { test } from "node:test";
import { between, FARTHEST, fit, inView, NEAREST, pan, toLayout, toScreen, zoomAt } from "../src/lib/camera";

const size = { width: 800, height: 600 };
const camera = { x: 3, y: -2, zoom: 25 };
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("screen and layout are inverse", () => {
  const point = toLayout(camera, size, toScreen(camera, size, { x: 7.5, y: 1.25 }));
  near(point.x, 7.5);
  near(point.y, 1.25);
});

test("zooming keeps what lies under the pointer", () => {
  const at = { x: 123, y: 456 };
  const before = toLayout(camera, size, at);
  const after = toLayout(zoomAt(camera, size, at, 1.7), size, at);
  near(before.x, after.x);
  near(before.y, after.y);
});

test("zoom stays within its limits", () => {
  assert.equal(zoomAt(camera, size, { x: 0, y: 0 }, 1e9).zoom, NEAREST);
  assert.equal(zoomAt(camera, size, { x: 0, y: 0 }, 1e-9).zoom, FARTHEST);
});

test("panning moves the picture with the pointer", () => {
  const before = toScreen(camera, size, { x: 1, y: 1 });
  const after = toScreen(pan(camera, 30, -40), size, { x: 1, y: 1 });
  near(after.x - before.x, 30);
  near(after.y - before.y, -40);
});

test("a fitted graph lies inside the padding", () => {
  const bounds = { left: -50, right: 150, top: 0, bottom: 30 };
  const padding = { left: 200, right: 10, top: 48, bottom: 24 };
  const fitted = fit(bounds, size, 60, padding);
  const a = toScreen(fitted, size, { x: bounds.left, y: bounds.top });
  const b = toScreen(fitted, size, { x: bounds.right, y: bounds.bottom });
  assert.ok(a.x >= 200 && a.y >= 48 && b.x <= 790 && b.y <= 576);
});

test("one node is not blown up to fill the view", () => {
  const padding = { left: 0, right: 0, top: 0, bottom: 0 };
  assert.equal(fit({ left: 0, right: 0, top: 0, bottom: 0 }, size, 60, padding).zoom, 60);
});

test("a flight starts here and ends there", () => {
  const to = { x: 10, y: 10, zoom: 100 };
  assert.deepEqual(between(camera, to, 0), camera);
  const end = between(camera, to, 1);
  near(end.x, 10);
  near(end.zoom, 100);
});

test("what is in view maps to the corners", () => {
  const view = inView(camera, size, 0);
  near(view.left, 3 - 16);
  near(view.bottom, -2 + 12);
});

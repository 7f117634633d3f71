// Which node is under the pointer; a plain scan is fast enough for 100,000 nodes.

import { toLayout, type Camera, type Point, type Size } from "./camera";
import type { Scene } from "./scene";

/** The nearest row within `reach` pixels of `at`, or -1. */
export function rowAt(scene: Scene, camera: Camera, size: Size, at: Point, reach: number): number {
  const point = toLayout(camera, size, at);
  const { x, y } = scene;
  let nearest = (reach / camera.zoom) ** 2;
  let found = -1;
  for (let row = 0; row < scene.n; row++) {
    const distance = (x[row] - point.x) ** 2 + (y[row] - point.y) ** 2;
    if (distance <= nearest) {
      nearest = distance;
      found = row;
    }
  }
  return found;
}

/** The rows inside the box with two opposite corners in pixels. */
export function rowsIn(scene: Scene, camera: Camera, size: Size, a: Point, b: Point): number[] {
  const from = toLayout(camera, size, { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) });
  const to = toLayout(camera, size, { x: Math.max(a.x, b.x), y: Math.max(a.y, b.y) });
  const rows: number[] = [];
  for (let row = 0; row < scene.n; row++) {
    const x = scene.x[row];
    const y = scene.y[row];
    if (x >= from.x && x <= to.x && y >= from.y && y <= to.y) rows.push(row);
  }
  return rows;
}

// Where the reader looks: the layout point in the middle of the view, and pixels per unit.

import type { Bounds } from "./scene";

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export const NEAREST = 160;
export const FARTHEST = 0.001;
const MARGIN_UNITS = 0.8;

export function toScreen(camera: Camera, size: Size, point: Point): Point {
  return {
    x: (point.x - camera.x) * camera.zoom + size.width / 2,
    y: (point.y - camera.y) * camera.zoom + size.height / 2,
  };
}

export function toLayout(camera: Camera, size: Size, point: Point): Point {
  return {
    x: (point.x - size.width / 2) / camera.zoom + camera.x,
    y: (point.y - size.height / 2) / camera.zoom + camera.y,
  };
}

export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** Zooms by `factor` so that what lies under `at` (pixels) stays under it. */
export function zoomAt(camera: Camera, size: Size, at: Point, factor: number): Camera {
  const zoom = Math.min(NEAREST, Math.max(FARTHEST, camera.zoom * factor));
  const held = toLayout(camera, size, at);
  return {
    x: held.x - (at.x - size.width / 2) / zoom,
    y: held.y - (at.y - size.height / 2) / zoom,
    zoom,
  };
}

/** The camera that shows all of `bounds`, no larger than `most` pixels per unit. */
export function fit(bounds: Bounds, size: Size, most: number, padding: Padding): Camera {
  const width = bounds.right - bounds.left + 2 * MARGIN_UNITS;
  const height = bounds.bottom - bounds.top + 2 * MARGIN_UNITS;
  const free = {
    width: Math.max(size.width - padding.left - padding.right, 16),
    height: Math.max(size.height - padding.top - padding.bottom, 16),
  };
  const zoom = Math.max(FARTHEST, Math.min(most, free.width / width, free.height / height));
  return {
    x: (bounds.left + bounds.right + (padding.right - padding.left) / zoom) / 2,
    y: (bounds.top + bounds.bottom + (padding.bottom - padding.top) / zoom) / 2,
    zoom,
  };
}

export interface Padding {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The camera between two: straight in place, geometric in zoom. */
export function between(from: Camera, to: Camera, share: number): Camera {
  const eased = 1 - (1 - share) ** 3;
  return {
    x: from.x + (to.x - from.x) * eased,
    y: from.y + (to.y - from.y) * eased,
    zoom: from.zoom * (to.zoom / from.zoom) ** eased,
  };
}

/** The part of the layout that is in view, `margin` pixels wider on every side. */
export function inView(camera: Camera, size: Size, margin: number): Bounds {
  const corner = toLayout(camera, size, { x: -margin, y: -margin });
  const other = toLayout(camera, size, { x: size.width + margin, y: size.height + margin });
  return { left: corner.x, top: corner.y, right: other.x, bottom: other.y };
}

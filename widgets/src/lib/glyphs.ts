// Shapes and marks, one table each: nothing else knows how they look.

import { STYLE } from "./style";

type Trace = (path: CanvasRenderingContext2D, x: number, y: number, r: number) => void;

const circle: Trace = (path, x, y, r) => {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, 2 * Math.PI);
};

const square: Trace = (path, x, y, r) => {
  path.roundRect(x - r, y - r, 2 * r, 2 * r, (STYLE.nodes.corner_px * r) / 10);
};

const cup: Trace = (path, x, y, r) => {
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y - r);
  path.lineTo(x + r, y);
  path.arc(x, y, r, 0, Math.PI);
  path.closePath();
};

const hexagon: Trace = (path, x, y, r) => {
  polygon(path, x, y, [
    [-1.1 * r, 0],
    [-0.55 * r, -r],
    [0.55 * r, -r],
    [1.1 * r, 0],
    [0.55 * r, r],
    [-0.55 * r, r],
  ]);
};

const rectangle: Trace = (path, x, y, r) => {
  path.roundRect(x - r, y - 0.7 * r, 2 * r, 1.4 * r, 0.25 * r);
};

const diamond: Trace = (path, x, y, r) => {
  polygon(path, x, y, [
    [0, -r],
    [r, 0],
    [0, r],
    [-r, 0],
  ]);
};

const triangle: Trace = (path, x, y, r) => {
  polygon(path, x, y, [
    [-r, 0],
    [0.9 * r, -r],
    [0.9 * r, r],
  ]);
};

function polygon(
  path: CanvasRenderingContext2D,
  x: number,
  y: number,
  corners: readonly (readonly [number, number])[],
): void {
  corners.forEach(([dx, dy], i) => (i ? path.lineTo(x + dx, y + dy) : path.moveTo(x + dx, y + dy)));
  path.closePath();
}

export const SHAPES: Record<string, Trace> = {
  circle,
  square,
  cup,
  hexagon,
  rectangle,
  diamond,
  triangle,
};

const lines =
  (...strokes: readonly (readonly number[])[]): Trace =>
  (path, x, y, r) => {
    for (const [x1, y1, x2, y2] of strokes) {
      path.moveTo(x + x1 * r, y + y1 * r);
      path.lineTo(x + x2 * r, y + y2 * r);
    }
  };

const bell: Trace = (path, x, y, r) => {
  path.moveTo(x - 0.62 * r, y + 0.25 * r);
  path.bezierCurveTo(x - 0.2 * r, y + 0.2 * r, x - 0.25 * r, y - 0.5 * r, x, y - 0.5 * r);
  path.bezierCurveTo(x + 0.25 * r, y - 0.5 * r, x + 0.2 * r, y + 0.2 * r, x + 0.62 * r, y + 0.25 * r);
};

const tick: Trace = (path, x, y, r) => {
  path.moveTo(x - 0.42 * r, y + 0.02 * r);
  path.lineTo(x - 0.1 * r, y + 0.34 * r);
  path.lineTo(x + 0.44 * r, y - 0.32 * r);
};

const integral: Trace = (path, x, y, r) => {
  path.moveTo(x + 0.3 * r, y - 0.48 * r);
  path.bezierCurveTo(x + 0.1 * r, y - 0.75 * r, x, y - 0.5 * r, x, y - 0.1 * r);
  path.bezierCurveTo(x, y + 0.5 * r, x - 0.1 * r, y + 0.75 * r, x - 0.3 * r, y + 0.48 * r);
};

/** Marks are strokes, so that they are as sharp as the shapes at every size. */
export const MARKS: Record<string, Trace> = {
  "+": lines([-0.44, 0, 0.44, 0], [0, -0.44, 0, 0.44]),
  "\u00d7": lines([-0.33, -0.33, 0.33, 0.33], [0.33, -0.33, -0.33, 0.33]),
  "\u222b": integral,
  bell,
  bars: lines([-0.25, 0.35, -0.25, -0.45], [0.25, 0.35, 0.25, -0.1]),
  comb: lines([-0.5, 0.25, -0.5, -0.1], [-0.17, 0.35, -0.17, -0.5], [0.17, 0.35, 0.17, -0.25], [0.5, 0.25, 0.5, 0]),
  tick,
  cross: lines([-0.36, -0.36, 0.36, 0.36], [0.36, -0.36, -0.36, 0.36]),
  chevron: lines([-0.3, -0.15, 0, 0.2], [0, 0.2, 0.3, -0.15]),
};

const DASHES: Record<string, number[]> = { dashed: [3, 2.5], dotted: [1.2, 2] };

export function dashOf(name: string): number[] {
  return DASHES[name] ?? [];
}

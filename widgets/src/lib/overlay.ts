// What changes often, on a canvas of its own: selection, focus, search hits, hover, the box.

import { SHAPES } from "./glyphs";
import type { Look } from "./looks";
import { radiusOf, screenX, screenY, traceEdge, glyphPx, type Frame } from "./painter";
import { edgesOf } from "./scene";
import { RINGS, STYLE, lineColour } from "./style";

export interface Marks {
  selected: ReadonlySet<number>;
  hits: readonly number[];
  focus: number;
  hover: number;
  box: { x: number; y: number; width: number; height: number } | null;
}

type Context = CanvasRenderingContext2D;

const HITS_DRAWN = 2_000;
const SMALLEST_RING = 4.5;

export function paintMarks(
  context: Context,
  frame: Frame,
  marks: Marks,
  lookAt: (row: number) => Look,
): void {
  context.clearRect(0, 0, frame.size.width, frame.size.height);
  const ring = (row: number, name: string): void => paintRing(context, frame, row, name, lookAt);
  if (marks.hover >= 0) paintNeighbours(context, frame, marks.hover, lookAt);
  for (const row of marks.hits.slice(0, HITS_DRAWN)) ring(row, "focus");
  for (const row of marks.selected) ring(row, "selected");
  if (marks.focus >= 0 && !marks.selected.has(marks.focus)) ring(marks.focus, "focus");
  if (marks.box) paintBox(context, frame, marks.box);
}

function paintNeighbours(
  context: Context,
  frame: Frame,
  row: number,
  lookAt: (row: number) => Look,
): void {
  const { scene, palette } = frame;
  const rows = new Set([row]);
  context.beginPath();
  for (const group of [scene.below, scene.above]) {
    for (const edge of edgesOf(group, row)) {
      traceEdge(context, frame, edge);
      rows.add(scene.source[edge]).add(scene.target[edge]);
    }
  }
  context.strokeStyle = palette.surfaces.text;
  context.lineWidth = 1;
  context.stroke();
  for (const near of rows) paintGlyph(context, frame, near, lookAt(near));
}

function paintGlyph(context: Context, frame: Frame, row: number, look: Look): void {
  const r = radiusOf(frame, row, look.glyph.scale);
  context.beginPath();
  shapeOf(frame, look)(context, screenX(frame, frame.scene.x[row]), screenY(frame, frame.scene.y[row]), r);
  context.fillStyle = look.fill;
  context.fill();
  context.strokeStyle = look.outline;
  context.lineWidth = 1.25;
  context.stroke();
}

function shapeOf(frame: Frame, look: Look): (typeof SHAPES)[string] {
  const name = glyphPx(frame) < STYLE.detail.shapes ? "circle" : look.glyph.shape;
  return SHAPES[name] ?? SHAPES["circle"];
}

function paintRing(
  context: Context,
  frame: Frame,
  row: number,
  name: string,
  lookAt: (row: number) => Look,
): void {
  const ring = RINGS[name];
  const look = lookAt(row);
  const r = radiusOf(frame, row, look.glyph.scale) + ring.gap_px + ring.width_px / 2;
  const { x, y } = frame.scene;
  const trace = shapeOf(frame, look);
  context.beginPath();
  trace(context, screenX(frame, x[row]), screenY(frame, y[row]), Math.max(r, SMALLEST_RING) + 1);
  context.strokeStyle = lineColour(frame.palette, ring.line, look.glyph.hue);
  context.lineWidth = ring.width_px;
  context.stroke();
}

function paintBox(context: Context, frame: Frame, box: NonNullable<Marks["box"]>): void {
  context.strokeStyle = frame.palette.surfaces.accent;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width, box.height);
  context.setLineDash([]);
  context.globalAlpha = 0.1;
  context.fillStyle = frame.palette.surfaces.accent;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = 1;
}

// Draws a scene on a canvas: what is in view, in as much detail as its size on screen allows.

import { inView, type Camera, type Size } from "./camera";
import { dashOf, MARKS, SHAPES } from "./glyphs";
import type { Look } from "./looks";
import { range, textOf, type Bounds, type Scene } from "./scene";
import type { Stroke } from "./strokes";
import { GLYPH_DIAMETER, RINGS, STYLE, lineColour, type Palette } from "./style";

export type Direction = "down" | "right";

/** Everything a picture depends on. */
export interface Frame {
  scene: Scene;
  camera: Camera;
  size: Size;
  palette: Palette;
  looks: Look[];
  strokes: Stroke[];
  direction: Direction;
  faded: Uint8Array | null;
  moving: boolean;
}

type Context = CanvasRenderingContext2D;

const LARGEST_RADIUS = 20;
const SMALLEST_DOT = 1.5;
const DENSITY_FROM = 1_500; // with fewer nodes, dots of the smallest size stay apart
const EDGES_AT_REST = 24_000;
const EDGES_MOVING = 3_000;
const EDGES_PER_STROKE = 256;
const MARGIN_PX = 48;
const DENSITY_CELL_PX = 2;
const LABEL_ROOM_PX = 14;
const LABEL_GAP_PX = 5;
const LABEL_MOST_PX = 13;
const CLOSEST_SIDEWAYS: Record<Direction, number> = { down: 1, right: 1.2 }; // layout units
const SEAM_PX = 0.5; // an outline overlaps its fill a little, or the background shines through

export function glyphPx(frame: Pick<Frame, "camera">): number {
  return Math.min(GLYPH_DIAMETER * frame.camera.zoom, 2 * LARGEST_RADIUS);
}

export function radiusOf(frame: Frame, row: number, scale = 1): number {
  const size = frame.scene.nodes.numbers["size"]?.[row] ?? 1;
  return Math.max((glyphPx(frame) / 2) * size * scale, SMALLEST_DOT);
}

export function screenX(frame: Frame, x: number): number {
  return (x - frame.camera.x) * frame.camera.zoom + frame.size.width / 2;
}

export function screenY(frame: Frame, y: number): number {
  return (y - frame.camera.y) * frame.camera.zoom + frame.size.height / 2;
}

/** The whole picture; the caller has scaled the context to CSS pixels. */
export function paint(context: Context, frame: Frame): void {
  const { size, palette } = frame;
  context.fillStyle = palette.surfaces.canvas;
  context.fillRect(0, 0, size.width, size.height);
  const visible = inView(frame.camera, size, MARGIN_PX);
  paintEdges(context, frame, visible);
  if (isDensity(frame)) paintDensity(context, frame, visible);
  else paintNodes(context, frame, visible);
  if (!frame.moving || frame.scene.n < 2_000) paintLabels(context, frame, visible);
}

function isDensity(frame: Frame): boolean {
  return glyphPx(frame) < STYLE.detail.dots && frame.scene.n >= DENSITY_FROM;
}

/** Where nodes are dots, an empty glyph takes the colour of its outline. */
function dotColour(frame: Frame, look: Look): string {
  return look.fill === frame.palette.surfaces.canvas ? look.outline : look.fill;
}

// Edges

function paintEdges(context: Context, frame: Frame, visible: Bounds): void {
  const total = frame.scene.edges.n;
  const most = frame.moving ? EDGES_MOVING : EDGES_AT_REST;
  const inside = visibleEdges(frame, visible);
  const step = Math.max(1, Math.ceil(inside / most));
  const thin = Math.min(1, Math.max(thinnest(total), glyphPx(frame) / STYLE.nodes.circuit_px));
  for (const stroke of frame.strokes) {
    context.strokeStyle = stroke.path ? frame.palette.surfaces.text : frame.palette.surfaces.edge;
    context.lineWidth = lineWidth(frame, stroke, thin);
    context.setLineDash(stroke.dashed ? [4, 3] : []);
    const dense = total > 4_000 && glyphPx(frame) < STYLE.detail.shapes ? 0.6 : 1;
    for (const faint of frame.faded ? [true, false] : [false]) {
      context.globalAlpha = stroke.opacity * dense * (faint ? STYLE.edges.faded_opacity : 1);
      strokeEdges(context, frame, visible, stroke, stroke.path ? 1 : step, faint);
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  if (glyphPx(frame) >= STYLE.edges.arrow_from_px - 0.5) paintArrows(context, frame, visible);
}

/** The extra width of a weight shrinks with the glyphs, so that it never covers them. */
function lineWidth(frame: Frame, stroke: Stroke, thin: number): number {
  if (stroke.path) return Math.max(1.5, stroke.width * thin);
  const base = Math.min(stroke.width, STYLE.edges.plain_px);
  const shrunk = Math.min(1, glyphPx(frame) / STYLE.nodes.circuit_px);
  return base * thin + (stroke.width - base) * shrunk;
}

/** Lines keep their width in small graphs and thin out where many lie side by side. */
function thinnest(nEdges: number): number {
  return Math.max(0.35, Math.min(0.9, 900 / nEdges));
}

function visibleEdges(frame: Frame, visible: Bounds): number {
  if (frame.scene.edges.n <= EDGES_MOVING) return frame.scene.edges.n;
  let count = 0;
  for (let edge = 0; edge < frame.scene.edges.n; edge++) {
    if (edgeInside(frame.scene, edge, visible)) count += 1;
  }
  return count;
}

function strokeEdges(
  context: Context,
  frame: Frame,
  visible: Bounds,
  stroke: Stroke,
  step: number,
  faint: boolean,
): void {
  const { scene, faded } = frame;
  let waiting = 0;
  context.beginPath();
  for (let i = 0; i < stroke.edges.length; i += step) {
    const edge = stroke.edges[i];
    if (!edgeInside(scene, edge, visible)) continue;
    if (faded && isFaint(scene, faded, edge) !== faint) continue;
    traceEdge(context, frame, edge);
    if (++waiting === EDGES_PER_STROKE) {
      context.stroke();
      context.beginPath();
      waiting = 0;
    }
  }
  context.stroke();
}

function isFaint(scene: Scene, faded: Uint8Array, edge: number): boolean {
  return faded[scene.source[edge]] + faded[scene.target[edge]] > 0;
}

function edgeInside(scene: Scene, edge: number, visible: Bounds): boolean {
  const a = scene.source[edge];
  const b = scene.target[edge];
  const { x, y } = scene;
  return (
    Math.max(x[a], x[b]) >= visible.left &&
    Math.min(x[a], x[b]) <= visible.right &&
    Math.max(y[a], y[b]) >= visible.top &&
    Math.min(y[a], y[b]) <= visible.bottom
  );
}

/** Adds an edge to the path: cubic pieces with tangents along the direction of growth. */
export function traceEdge(context: Context, frame: Frame, edge: number): void {
  const { scene } = frame;
  const a = scene.source[edge];
  const b = scene.target[edge];
  let x = screenX(frame, scene.x[a]) + edgeStart(context, frame, a);
  let y = screenY(frame, scene.y[a]);
  context.moveTo(x, y);
  for (let i = scene.bendStarts[edge]; i < scene.bendStarts[edge + 1]; i++) {
    [x, y] = tracePiece(context, frame, x, y, scene.bendX[i], scene.bendY[i]);
  }
  tracePiece(context, frame, x, y, scene.x[b], scene.y[b]);
}

function tracePiece(
  context: Context,
  frame: Frame,
  x: number,
  y: number,
  layoutX: number,
  layoutY: number,
): [number, number] {
  const toX = screenX(frame, layoutX);
  const toY = screenY(frame, layoutY);
  if (glyphPx(frame) < STYLE.detail.shapes && frame.scene.edges.n > EDGES_MOVING) {
    context.lineTo(toX, toY);
  } else if (frame.direction === "down") {
    const middle = (y + toY) / 2;
    context.bezierCurveTo(x, middle, toX, middle, toX, toY);
  } else {
    const middle = (x + toX) / 2;
    context.bezierCurveTo(middle, y, middle, toY, toX, toY);
  }
  return [toX, toY];
}

/** Edges start behind the text of their node where it stands beside the glyph. */
function edgeStart(context: Context, frame: Frame, row: number): number {
  if (!labelsBeside(frame) || !labelsFit(frame)) return 0;
  const text = textOf(frame.scene.nodes, "label", row);
  return text ? radiusOf(frame, row) + LABEL_GAP_PX + textWidth(context, frame, text) + 4 : 0;
}

function paintArrows(context: Context, frame: Frame, visible: Bounds): void {
  const { scene, palette } = frame;
  context.fillStyle = palette.surfaces.edge;
  context.beginPath();
  for (let edge = 0; edge < scene.edges.n; edge++) {
    const b = scene.target[edge];
    if (!edgeInside(scene, edge, visible)) continue;
    const r = radiusOf(frame, b) + 1;
    const x = screenX(frame, scene.x[b]);
    const y = screenY(frame, scene.y[b]);
    if (frame.direction === "down") traceArrow(context, x, y - r, 0, 1);
    else traceArrow(context, x - r, y, 1, 0);
  }
  context.fill();
}

function traceArrow(context: Context, x: number, y: number, dx: number, dy: number): void {
  const [long, wide] = [7, 3.2];
  context.moveTo(x, y);
  context.lineTo(x - dx * long - dy * wide, y - dy * long - dx * wide);
  context.lineTo(x - dx * long + dy * wide, y - dy * long + dx * wide);
  context.closePath();
}

// Nodes

function paintNodes(context: Context, frame: Frame, visible: Bounds): void {
  for (const faint of frame.faded ? [true, false] : [false]) {
    context.globalAlpha = faint ? STYLE.edges.faded_opacity : 1;
    for (const look of frame.looks) {
      const rows = rowsInView(frame, look, visible, faint);
      if (rows.length) paintLook(context, frame, look, rows);
    }
    paintRings(context, frame, visible, faint);
  }
  context.globalAlpha = 1;
}

function rowsInView(frame: Frame, look: Look, visible: Bounds, faint: boolean): number[] {
  const { x, y } = frame.scene;
  const rows: number[] = [];
  for (const row of look.rows) {
    if (frame.faded && (frame.faded[row] === 1) !== faint) continue;
    if (x[row] < visible.left || x[row] > visible.right) continue;
    if (y[row] < visible.top || y[row] > visible.bottom) continue;
    rows.push(row);
  }
  return rows;
}

function paintLook(context: Context, frame: Frame, look: Look, rows: number[]): void {
  const detail = STYLE.detail;
  const px = glyphPx(frame);
  const shape = px < detail.shapes ? SHAPES["circle"] : (SHAPES[look.glyph.shape] ?? SHAPES["circle"]);
  traceAll(context, frame, look, rows, shape);
  context.fillStyle = px < detail.dots ? dotColour(frame, look) : look.fill;
  context.fill();
  if (look.outline !== look.fill && px >= detail.dots) paintOutline(context, look, px);
  const mark = MARKS[look.glyph.mark];
  if (!mark || px < detail.marks * 0.6) return;
  traceAll(context, frame, look, rows, mark);
  context.strokeStyle = look.ink;
  context.lineWidth = Math.max(1.2, px * 0.07);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.stroke();
  context.lineCap = "butt";
}

function paintOutline(context: Context, look: Look, px: number): void {
  context.strokeStyle = look.outline;
  context.lineWidth = px < STYLE.detail.shapes ? 0.75 : 1.25;
  context.setLineDash(px < STYLE.detail.shapes ? [] : dashOf(look.dash));
  context.stroke();
  context.setLineDash([]);
}

function traceAll(
  context: Context,
  frame: Frame,
  look: Look,
  rows: number[],
  trace: (context: Context, x: number, y: number, r: number) => void,
): void {
  const { x, y } = frame.scene;
  context.beginPath();
  for (const row of rows) {
    const r = radiusOf(frame, row, look.glyph.scale);
    trace(context, screenX(frame, x[row]), screenY(frame, y[row]), r);
  }
}

/** Outlines that say more about a node: the root, a failed check, the path to the answer. */
function paintRings(context: Context, frame: Frame, visible: Bounds, faint: boolean): void {
  const words = frame.scene.nodes.words["ring"];
  if (!words || glyphPx(frame) < STYLE.detail.shapes) return;
  for (const look of frame.looks) {
    for (const row of rowsInView(frame, look, visible, faint)) {
      const name = words.texts[words.codes[row]];
      if (name) paintRing(context, frame, row, look, name);
    }
  }
}

function paintRing(context: Context, frame: Frame, row: number, look: Look, name: string): void {
  const ring = RINGS[name];
  if (!ring) return;
  const small = Math.min(1, glyphPx(frame) / STYLE.nodes.tree_px);
  const r = radiusOf(frame, row, look.glyph.scale) + (ring.gap_px + ring.width_px / 2) * small - SEAM_PX;
  context.beginPath();
  const shape = SHAPES[look.glyph.shape] ?? SHAPES["circle"];
  shape(context, screenX(frame, frame.scene.x[row]), screenY(frame, frame.scene.y[row]), r);
  context.strokeStyle = lineColour(frame.palette, ring.line, look.glyph.hue);
  context.lineWidth = ring.width_px * small + SEAM_PX;
  context.stroke();
}

// Density: under 3 px no glyph can be told from its neighbours

function paintDensity(context: Context, frame: Frame, visible: Bounds): void {
  for (const look of frame.looks) {
    const counts = densityOf(frame, look, visible);
    const most = Math.max(1, range(Array.from(counts.values()))[1]);
    context.fillStyle = dotColour(frame, look);
    const height = Math.max(2, Math.min(8, glyphPx(frame) * 2));
    for (const [cell, count] of counts) {
      const column = cell % 65_536;
      const line = Math.floor(cell / 65_536);
      context.globalAlpha = 0.35 + 0.65 * (count / most);
      context.fillRect(column * DENSITY_CELL_PX, line - height / 2, DENSITY_CELL_PX, height);
    }
  }
  context.globalAlpha = 1;
}

function densityOf(frame: Frame, look: Look, visible: Bounds): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rowsInView(frame, look, visible, false)) {
    const column = Math.floor(screenX(frame, frame.scene.x[row]) / DENSITY_CELL_PX);
    const line = Math.round(screenY(frame, frame.scene.y[row]));
    if (column < 0 || line < 0) continue;
    const cell = line * 65_536 + column;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return counts;
}

// Labels

/** Steps of a tree that grows to the right stand beside their nodes, all other labels below. */
export function labelsBeside(frame: Pick<Frame, "scene" | "direction">): boolean {
  return frame.direction === "right" && frame.scene.header.kind === "tree";
}

/** Whether words come out large enough to be read. */
export function labelsFit(frame: Frame): boolean {
  if (labelsBeside(frame)) return labelPx(frame) >= STYLE.detail.label_px;
  return glyphPx(frame) >= STYLE.detail.labels || (isGrouped(frame.scene) && glyphPx(frame) >= 13);
}

export function labelPx(frame: Frame): number {
  return Math.min(LABEL_MOST_PX, 0.62 * frame.camera.zoom);
}

function isGrouped(scene: Scene): boolean {
  const width = scene.nodes.numbers["width"];
  return width !== undefined && width.some((value) => value > 1);
}

const widths = new Map<string, number>();

function textWidth(context: Context, frame: Frame, text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    context.font = font(LABEL_MOST_PX);
    width = context.measureText(text).width / LABEL_MOST_PX;
    if (widths.size > 20_000) widths.clear();
    widths.set(text, width);
  }
  return width * labelPx(frame);
}

function font(px: number): string {
  return `${px}px ${STYLE.fonts.text}`;
}

function paintLabels(context: Context, frame: Frame, visible: Bounds): void {
  if (!labelsFit(frame)) return;
  const beside = labelsBeside(frame);
  const px = beside ? labelPx(frame) : 11;
  context.font = font(px);
  context.textBaseline = "middle";
  context.textAlign = beside ? "left" : "center";
  for (const faint of frame.faded ? [true, false] : [false]) {
    context.globalAlpha = faint ? STYLE.edges.faded_opacity * 2 : 1;
    for (const look of frame.looks) {
      for (const row of rowsInView(frame, look, visible, faint)) paintLabel(context, frame, row, px);
    }
  }
  context.globalAlpha = 1;
}

function paintLabel(context: Context, frame: Frame, row: number, px: number): void {
  const text = labelThatFits(context, frame, row);
  if (!text) return;
  const r = radiusOf(frame, row);
  let x = screenX(frame, frame.scene.x[row]);
  let y = screenY(frame, frame.scene.y[row]);
  const above = textOf(frame.scene.nodes, "ring", row) === "root";
  const beside = labelsBeside(frame);
  if (beside) x += r + LABEL_GAP_PX;
  else y += (above ? -1 : 1) * (r + px / 2 + LABEL_GAP_PX);
  context.strokeStyle = frame.palette.surfaces.canvas;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = frame.palette.surfaces[beside ? "text" : "muted"];
  context.fillText(text, x, y);
}

const columnGaps = new WeakMap<Scene, number>();

/** The pixels between a glyph and the next one below it, where they stand closest. */
function roomBelow(frame: Frame): number {
  let gap = columnGaps.get(frame.scene);
  if (gap === undefined) {
    const { x, y } = frame.scene;
    const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
    gap = Infinity;
    for (let i = 1; i < order.length; i += 1) {
      const [before, here] = [order[i - 1], order[i]];
      if (x[before] === x[here]) gap = Math.min(gap, y[here] - y[before]);
    }
    columnGaps.set(frame.scene, gap);
  }
  return gap * frame.camera.zoom - glyphPx(frame);
}

/** The label, without its first word where neighbours stand close, or nothing. */
function labelThatFits(context: Context, frame: Frame, row: number): string {
  const text = textOf(frame.scene.nodes, "label", row);
  if (labelsBeside(frame)) return text;
  if (frame.direction === "right" && roomBelow(frame) < LABEL_ROOM_PX) return "";
  const free = CLOSEST_SIDEWAYS[frame.direction] * frame.camera.zoom - 4;
  const short = text.slice(text.indexOf(" ") + 1);
  const fits = (words: string): boolean => context.measureText(words).width <= free;
  return fits(text) ? text : fits(short) ? short : "";
}

// Keys: what they mean, and where the arrows lead.

import type { Direction } from "./painter";
import { edgesOf, type Scene } from "./scene";

export type Action =
  | "fit"
  | "fitSelection"
  | "search"
  | "close"
  | "open"
  | "expand"
  | "prune"
  | "undo"
  | "back"
  | "forward"
  | "table"
  | "zoomIn"
  | "zoomOut"
  | "parent"
  | "child"
  | "previous"
  | "next";

const KEYS: Record<string, Action> = {
  f: "fit",
  "shift+f": "fitSelection",
  "/": "search",
  escape: "close",
  enter: "open",
  e: "expand",
  p: "prune",
  t: "table",
  "ctrl+z": "undo",
  "[": "back",
  "]": "forward",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
};

const ARROWS: Record<Direction, Record<string, Action>> = {
  down: { arrowup: "parent", arrowdown: "child", arrowleft: "previous", arrowright: "next" },
  right: { arrowleft: "parent", arrowright: "child", arrowup: "previous", arrowdown: "next" },
};

type Key = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey">;

/** What a key press asks for, undefined when it is not ours. */
export function actionOf(event: Key, direction: Direction): Action | undefined {
  const key = event.key.toLowerCase();
  const arrow = ARROWS[direction][key];
  if (arrow) return arrow;
  const letter = /^[a-z]$/.test(key);
  const shift = event.shiftKey && letter ? "shift+" : "";
  const ctrl = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  return KEYS[ctrl + shift + key];
}

/** Neighbours in each level, in the order they stand. */
export interface Levels {
  rows: number[][];
  place: Int32Array;
  level: Int32Array;
}

export function levelsOf(scene: Scene, direction: Direction): Levels {
  const along = direction === "down" ? scene.y : scene.x;
  const across = direction === "down" ? scene.x : scene.y;
  const byPlace = new Map<number, number[]>();
  for (let row = 0; row < scene.n; row++) {
    const rows = byPlace.get(along[row]);
    if (rows) rows.push(row);
    else byPlace.set(along[row], [row]);
  }
  const levels: Levels = { rows: [], place: new Int32Array(scene.n), level: new Int32Array(scene.n) };
  for (const key of Array.from(byPlace.keys()).sort((a, b) => a - b)) {
    const rows = byPlace.get(key)!.sort((a, b) => across[a] - across[b]);
    rows.forEach((row, place) => {
      levels.place[row] = place;
      levels.level[row] = levels.rows.length;
    });
    levels.rows.push(rows);
  }
  return levels;
}

const heaviest = (scene: Scene, edges: Iterable<number>, end: Int32Array): number => {
  const weight = scene.edges.numbers["weight"];
  let best = -1;
  let most = -Infinity;
  for (const edge of edges) {
    const value = weight && weight[edge] >= 0 ? weight[edge] : 0;
    if (value > most) [best, most] = [end[edge], value];
  }
  return best;
};

/** The row that an arrow leads to, or the same row where there is none. */
export function stepFrom(scene: Scene, levels: Levels, row: number, action: Action): number {
  const steps: Partial<Record<Action, () => number>> = {
    parent: () => heaviest(scene, edgesOf(scene.above, row), scene.source),
    child: () => heaviest(scene, edgesOf(scene.below, row), scene.target),
    previous: () => levels.rows[levels.level[row]][levels.place[row] - 1] ?? -1,
    next: () => levels.rows[levels.level[row]][levels.place[row] + 1] ?? -1,
  };
  const found = steps[action]?.() ?? -1;
  return found < 0 ? row : found;
}

/** Where the keyboard starts: the node above all others. */
export function rootOf(scene: Scene): number {
  for (let row = 0; row < scene.n; row++) {
    if (scene.above.offsets[row] === scene.above.offsets[row + 1]) return row;
  }
  return 0;
}

// Which edges look alike: batches of one width, opacity and dash.

import type { Scene } from "./scene";
import { STYLE } from "./style";

export interface Stroke {
  width: number;
  opacity: number;
  dashed: boolean;
  path: boolean;
  edges: Int32Array;
}

const STEPS = 8;
const PLAIN = -1;

/** Batches of edges, the faintest first so that heavy ones lie on top. */
export function strokesOf(scene: Scene): Stroke[] {
  const weight = scene.edges.numbers["weight"];
  const dashed = scene.edges.numbers["dashed"];
  const path = scene.edges.numbers["path"];
  const groups = new Map<number, number[]>();
  for (let edge = 0; edge < scene.edges.n; edge++) {
    const step = weight && weight[edge] >= 0 ? Math.round(Math.min(1, weight[edge]) * STEPS) : PLAIN;
    const key = (step + 1) * 4 + (dashed?.[edge] ? 1 : 0) + (path?.[edge] ? 2 : 0);
    const group = groups.get(key);
    if (group) group.push(edge);
    else groups.set(key, [edge]);
  }
  return Array.from(groups, ([key, edges]) => strokeOf(key, Int32Array.from(edges))).sort(
    (a, b) => Number(a.path) - Number(b.path) || a.opacity - b.opacity,
  );
}

function strokeOf(key: number, edges: Int32Array): Stroke {
  const { plain_px, width_base_px, width_span_px, opacity_base, opacity_span } = STYLE.edges;
  const step = (key >> 2) - 1;
  const share = step / STEPS;
  const shape = { dashed: (key & 1) === 1, path: (key & 2) === 2, edges };
  if (shape.path) return { ...shape, width: STYLE.edges.path_px, opacity: 1 };
  if (step === PLAIN) return { ...shape, width: plain_px, opacity: 0.6 };
  return {
    ...shape,
    width: width_base_px + width_span_px * share,
    opacity: opacity_base + opacity_span * share,
  };
}

// What a view draws: the scene with everything derived from it, and the marks above it.

import type { Camera, Size } from "./camera";
import { levelsOf, type Levels } from "./keyboard";
import { looksOf, scaleOf, type Look, type Scale } from "./looks";
import { paintMarks, type Marks } from "./overlay";
import { paint, type Direction, type Frame } from "./painter";
import type { Scene } from "./scene";
import { search } from "./search";
import { strokesOf, type Stroke } from "./strokes";
import { paletteOf, type Palette } from "./style";

type Context = CanvasRenderingContext2D;
type Viewpoint = { camera: Camera; size: Size };

export class Picture {
  scene: Scene | null = null;
  palette: Palette = paletteOf("light");
  scale: Scale | null = null;
  looks: Look[] = [];
  levels: Levels | null = null;
  direction: Direction = "down";
  faded: Uint8Array | null = null;
  query = "";
  hits: number[] = [];
  selected: ReadonlySet<number> = new Set();
  focus = -1;
  hover = -1;
  box: Marks["box"] = null;

  private lookOf: Look[] = [];
  private strokes: Stroke[] = [];

  load(scene: Scene): void {
    this.scene = scene;
    this.direction = scene.header.encodings["direction"]?.label === "right" ? "right" : "down";
    this.scale = scaleOf(scene);
    this.strokes = strokesOf(scene);
    this.levels = levelsOf(scene, this.direction);
    this.restyle(this.palette);
  }

  restyle(palette: Palette): void {
    this.palette = palette;
    if (!this.scene) return;
    this.looks = looksOf(this.scene, palette, this.scale);
    this.lookOf = new Array<Look>(this.scene.n);
    for (const look of this.looks) for (const row of look.rows) this.lookOf[row] = look;
  }

  /** Fades what the search text does not match, and the hidden glyphs. */
  filter(scene: Scene, query: string, hidden: ReadonlySet<string>): void {
    this.query = query;
    this.hits = search(scene, query);
    this.faded = query || hidden.size ? fadedRows(scene, this.hits, hidden) : null;
  }

  frame(scene: Scene, { camera, size }: Viewpoint, moving: boolean): Frame {
    const { palette, looks, strokes, direction, faded } = this;
    return { scene, camera, size, palette, looks, strokes, direction, faded, moving };
  }

  paint(context: Context, viewpoint: Viewpoint, moving: boolean): void {
    const { width, height } = viewpoint.size;
    if (this.scene) paint(context, this.frame(this.scene, viewpoint, moving));
    else context.clearRect(0, 0, width, height);
  }

  /** The marks; the keyboard's place only where the keyboard is in use. */
  paintMarks(context: Context, viewpoint: Viewpoint, keyed: boolean): void {
    if (!this.scene) return;
    const { selected, hover, box } = this;
    const hits = this.query ? this.hits : [];
    const marks: Marks = { selected, hits, focus: keyed ? this.focus : -1, hover, box };
    const frame = this.frame(this.scene, viewpoint, false);
    paintMarks(context, frame, marks, (row) => this.lookOf[row]);
  }
}

function fadedRows(
  scene: Scene,
  hits: readonly number[],
  hidden: ReadonlySet<string>,
): Uint8Array {
  const faded = new Uint8Array(scene.n);
  if (hits.length) {
    faded.fill(1);
    for (const row of hits) faded[row] = 0;
  }
  const { codes, texts } = scene.nodes.words["glyph"];
  for (let row = 0; row < scene.n; row++) if (hidden.has(texts[codes[row]])) faded[row] = 1;
  return faded;
}

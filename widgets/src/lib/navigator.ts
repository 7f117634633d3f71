// Where the camera goes: fitting, zooming, bringing a node into view.

import { fit, toScreen, zoomAt, type Camera, type Padding } from "./camera";
import { rowsIn } from "./hit";
import { glyphPx, labelsBeside, type Direction } from "./painter";
import type { Picture } from "./picture";
import type { Bounds, Scene } from "./scene";
import type { Stage } from "./stage";
import { GLYPH_DIAMETER, STYLE } from "./style";

const TOOLBAR_PX = 48;
const STEP_TEXT_UNITS = 6;

export class Navigator {
  /** Whether the reader, or Python, chose the camera: then it is not fitted again. */
  userMoved = false;

  constructor(
    private readonly picture: Picture,
    private readonly stage: Stage,
    private readonly restPx: number,
    private readonly legend: HTMLElement,
    private readonly showLegend: (camera: Camera) => void,
  ) {}

  /** Follows a camera set in Python; cameras written by a view belong to that view alone. */
  follow(given: unknown): boolean {
    const camera = (given ?? {}) as Partial<Camera> & { view?: string };
    const { x, y, zoom, view } = camera;
    if (view !== undefined || x === undefined || y === undefined || !zoom) return false;
    this.look({ x, y, zoom });
    return true;
  }

  look(camera: Camera): void {
    this.userMoved = true;
    this.stage.look(camera);
  }

  zoomBy(factor: number): void {
    const { width, height } = this.stage.size;
    const middle = { x: width / 2, y: height / 2 };
    this.userMoved = true;
    this.stage.fly(zoomAt(this.stage.camera, this.stage.size, middle, factor));
  }

  resized(): void {
    if (!this.userMoved) this.fitAll(false);
  }

  fitAgain(): void {
    this.userMoved = false;
    this.fitAll(true);
  }

  /** The whole graph, beside or above the legend where it would hide a node. */
  fitAll(smooth: boolean): void {
    const { scene, direction } = this.picture;
    if (!scene || !this.stage.size.width) return;
    this.goTo(this.clearOfLegend(scene, withLabels(scene, direction), null), smooth);
  }

  fitRows(rows: Iterable<number>): void {
    const { scene } = this.picture;
    if (!scene) return;
    const bounds = boundsOf(scene, rows);
    if (bounds.left === Infinity) return;
    this.userMoved = true;
    this.goTo(this.clearOfLegend(scene, bounds, new Set(rows)), true);
  }

  /** The camera that fits `bounds`, moved where the legend would hide one of `rows`. */
  private clearOfLegend(scene: Scene, bounds: Bounds, rows: ReadonlySet<number> | null): Camera {
    const fitted = (padding: Padding): Camera =>
      fit(bounds, this.stage.size, this.mostZoom(), padding);
    const padding = this.padding();
    const camera = fitted(padding);
    this.showLegend(camera);
    if (!this.legendHidesNode(scene, camera, rows)) return camera;
    const { offsetWidth, offsetHeight } = this.legend;
    const beside = fitted({ ...padding, left: padding.left + offsetWidth });
    const above = fitted({ ...padding, bottom: padding.bottom + offsetHeight });
    return above.zoom > beside.zoom ? above : beside;
  }

  /** Brings a row into view without changing the zoom, unless glyphs would be dots. */
  reveal(scene: Scene, row: number): void {
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const large = glyphPx({ camera }) >= STYLE.detail.shapes;
    const inside = at.x > 24 && at.y > 48 && at.x < size.width - 24 && at.y < size.height - 24;
    if (inside && large) return;
    this.userMoved = true;
    const zoom = large ? camera.zoom : this.restPx / GLYPH_DIAMETER;
    this.stage.fly({ x: scene.x[row], y: scene.y[row], zoom });
  }

  private padding(): Padding {
    const { width, height } = this.stage.size;
    const side = width < 600 || height < 320 ? 8 : 24;
    return { left: side, right: side, top: TOOLBAR_PX, bottom: side };
  }

  private legendHidesNode(
    scene: Scene,
    camera: Camera,
    rows: ReadonlySet<number> | null,
  ): boolean {
    const { size } = this.stage;
    const { legend } = this;
    if (!rows && legend.offsetWidth > size.width / 3) return false;
    const from = { x: 0, y: legend.offsetTop - 12 };
    const to = { x: legend.offsetLeft + legend.offsetWidth + 12, y: size.height };
    return rowsIn(scene, camera, size, from, to).some((row) => !rows || rows.has(row));
  }

  private mostZoom(): number {
    return (this.restPx / GLYPH_DIAMETER) * 2;
  }

  private goTo(camera: Camera, smooth: boolean): void {
    if (smooth) this.stage.fly(camera);
    else {
      this.stage.camera = camera;
      this.stage.draw("all");
      this.showLegend(camera);
    }
  }
}

function boundsOf(scene: Scene, rows: Iterable<number>): Bounds {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const row of rows) {
    bounds.left = Math.min(bounds.left, scene.x[row] - 1);
    bounds.right = Math.max(bounds.right, scene.x[row] + 1);
    bounds.top = Math.min(bounds.top, scene.y[row] - 1);
    bounds.bottom = Math.max(bounds.bottom, scene.y[row] + 1);
  }
  return bounds;
}

/** Room for the text of the deepest nodes where it stands beside them. */
function withLabels(scene: Scene, direction: Direction): Bounds {
  const { bounds } = scene;
  const beside = labelsBeside({ scene, direction });
  return beside ? { ...bounds, right: bounds.right + STEP_TEXT_UNITS } : bounds;
}

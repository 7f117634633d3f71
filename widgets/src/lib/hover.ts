// The node under the pointer: its neighbours stand out, and a tooltip tells about it.

import { toScreen } from "./camera";
import type { Describe } from "./describe";
import { radiusOf } from "./painter";
import type { Picture } from "./picture";
import type { Stage } from "./stage";
import { STYLE } from "./style";
import { Tooltip } from "./tooltip";

export class Hover {
  readonly tooltip = new Tooltip();
  private timer = 0;

  constructor(
    private readonly picture: Picture,
    private readonly stage: Stage,
    private readonly describe: Describe,
    private readonly hint: string,
  ) {}

  /** Shows a row after the delay of the style table; -1 ends at once. */
  over(row: number): void {
    window.clearTimeout(this.timer);
    if (row === this.picture.hover) return;
    if (this.picture.hover >= 0) this.show(-1);
    if (row < 0) return;
    this.timer = window.setTimeout(() => this.show(row), STYLE.layout.tooltip_delay_ms);
  }

  end(): void {
    window.clearTimeout(this.timer);
    this.show(-1);
  }

  private show(row: number): void {
    this.picture.hover = row;
    if (row < 0) this.tooltip.hide();
    else this.showTooltip(row);
    this.stage.draw("marks");
  }

  private showTooltip(row: number): void {
    const { scene } = this.picture;
    if (!scene) return;
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const radius = radiusOf(this.picture.frame(scene, this.stage, false), row);
    this.tooltip.show(this.describe(scene, row), at, radius, size, this.hint);
  }
}

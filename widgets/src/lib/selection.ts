// Which nodes are selected: by click, box, arrow keys or Python; and what is said about them.

import type { Point } from "./camera";
import type { Describe } from "./describe";
import { rowAt, rowsIn } from "./hit";
import { save, type Model } from "./host";
import { rootOf, stepFrom, type Action } from "./keyboard";
import { numberText } from "./numbers";
import { glyphPx } from "./painter";
import type { Picture } from "./picture";
import type { Scene } from "./scene";
import type { Stage } from "./stage";

const REACH_PX = 8;

export class Selection {
  constructor(
    private readonly model: Model,
    private readonly picture: Picture,
    private readonly stage: Stage,
    private readonly status: HTMLElement,
    private readonly describe: Describe,
  ) {}

  read(): void {
    const { scene } = this.picture;
    if (!scene) return;
    const ids = (this.model.get("selection") ?? []) as number[];
    const rows = ids.map((id) => scene.rowOf.get(id)).filter((row) => row !== undefined);
    this.picture.selected = new Set(rows);
    const last = rows.at(-1);
    if (last !== undefined) this.picture.focus = last;
    this.announce(scene, last);
    this.stage.draw("marks");
  }

  select(rows: readonly number[]): void {
    const { scene } = this.picture;
    if (scene) save(this.model, "selection", rows.map((row) => scene.ids[row]));
  }

  choose(row: number, add: boolean): void {
    const { selected } = this.picture;
    if (!add) this.select([row]);
    else if (selected.has(row)) this.select([...selected].filter((other) => other !== row));
    else this.select([...selected, row]);
  }

  rowUnder(at: Point): number {
    const { scene } = this.picture;
    if (!scene) return -1;
    const reach = Math.max(glyphPx(this.stage) / 2 + 2, REACH_PX);
    return rowAt(scene, this.stage.camera, this.stage.size, at, reach);
  }

  click(at: Point, add: boolean): void {
    const row = this.rowUnder(at);
    if (row >= 0) this.choose(row, add);
    else if (!add) this.select([]);
  }

  dragBox(from: Point, to: Point, done: boolean): void {
    const { scene } = this.picture;
    if (!scene) return;
    this.picture.box = done ? null : boxOf(from, to);
    if (done) this.select(rowsIn(scene, this.stage.camera, this.stage.size, from, to));
    this.stage.draw("marks");
  }

  /** Moves along an edge or a level; the row that is selected then. */
  step(scene: Scene, action: Action): number {
    const { focus, levels } = this.picture;
    const row = focus < 0 || !levels ? rootOf(scene) : stepFrom(scene, levels, focus, action);
    this.picture.focus = row;
    this.select([row]);
    this.stage.draw("marks");
    return row;
  }

  private announce(scene: Scene, row: number | undefined): void {
    if (row === undefined) {
      this.status.textContent = "";
      return;
    }
    const { title, rows } = this.describe(scene, row);
    const count = this.picture.selected.size;
    const more = count > 1 ? `; ${numberText(count)} selected` : "";
    this.status.textContent = [title, ...rows.map((pair) => pair.join(" "))].join(", ") + more;
  }
}

function boxOf(from: Point, to: Point): NonNullable<Picture["box"]> {
  return {
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(to.x - from.x),
    height: Math.abs(to.y - from.y),
  };
}

// What stands around the canvas and filters it: search field, legend, table.

import { inView } from "./camera";
import { save, type Model } from "./host";
import { Legend, placeInLegend } from "./legend";
import type { Picture } from "./picture";
import type { Bounds, Scene } from "./scene";
import { SearchBox } from "./searchbox";
import type { Stage } from "./stage";
import { NodeTable } from "./table";

export interface Wishes {
  /** Select a row and bring it into view. */
  choose(row: number, add: boolean): void;
  /** Give the keyboard back to the canvas. */
  returnFocus(): void;
}

export class Panels {
  readonly legend: Legend;
  readonly searchBox: SearchBox;
  readonly table: NodeTable;
  private hit = -1;

  constructor(
    private readonly model: Model,
    private readonly picture: Picture,
    private readonly stage: Stage,
    private readonly root: HTMLElement,
    private readonly wishes: Wishes,
  ) {
    this.legend = new Legend((name, alone) => this.toggleHidden(name, alone));
    this.searchBox = new SearchBox(
      (query) => save(this.model, "filter", query),
      (by) => this.nextHit(by),
      () => this.closeSearch(),
    );
    this.table = new NodeTable(
      (row, add) => this.wishes.choose(row, add),
      () => this.toggleTable(),
    );
  }

  /** Applies the search text and the hidden glyphs. */
  readFilter(scene: Scene): void {
    const before = this.picture.hits.length;
    const query = String(this.model.get("filter") ?? "");
    this.picture.filter(scene, query, this.hidden());
    const hits = this.picture.hits.length;
    if (hits !== before) this.hit = -1;
    this.searchBox.show(query, hits, this.hit + 1, scene.n);
    this.showLegend();
    this.refreshTable();
    this.stage.draw("all");
  }

  showLegend(camera = this.stage.camera): void {
    const { scene, looks, scale, palette } = this.picture;
    if (!scene) return;
    const visible = inView(camera, this.stage.size, 0);
    const counts = new Map<string, number>();
    for (const look of looks) {
      const count = countInside(scene, look.rows, visible);
      counts.set(look.name, (counts.get(look.name) ?? 0) + count);
    }
    const hidden = this.hidden();
    const entries = Array.from(counts, ([name, count]) => ({ name, count }))
      .filter((entry) => entry.count > 0 || hidden.has(entry.name))
      .sort((a, b) => placeInLegend(a.name) - placeInLegend(b.name));
    this.legend.show(entries, hidden, looks, scale, palette);
  }

  refreshTable(): void {
    if (this.table.open) this.showTable();
  }

  toggleTable(): void {
    if (!this.table.open) {
      this.showTable();
      return;
    }
    this.table.hide();
    this.root.classList.remove("wb-with-table");
    this.wishes.returnFocus();
  }

  /** Closes the table or the search, whichever is open; false when neither is. */
  closeOne(): boolean {
    if (this.table.open) this.toggleTable();
    else if (this.searchBox.open || this.picture.hits.length) this.closeSearch();
    else return false;
    return true;
  }

  private showTable(): void {
    const { scene, faded, selected } = this.picture;
    if (!scene) return;
    this.root.classList.add("wb-with-table");
    const rows = Array.from({ length: scene.n }, (_, row) => row);
    this.table.show(scene, faded ? rows.filter((row) => !faded[row]) : rows, selected);
  }

  private closeSearch(): void {
    this.searchBox.hide();
    save(this.model, "filter", "");
    this.wishes.returnFocus();
  }

  private nextHit(by: number): void {
    const { hits, scene, query } = this.picture;
    if (!hits.length || !scene) return;
    this.hit = (this.hit + by + hits.length) % hits.length;
    this.wishes.choose(hits[this.hit], false);
    this.searchBox.show(query, hits.length, this.hit + 1, scene.n);
  }

  private hidden(): ReadonlySet<string> {
    return new Set((this.model.get("hidden") ?? []) as string[]);
  }

  private toggleHidden(name: string, alone: boolean): void {
    const hidden = new Set(this.hidden());
    if (alone) {
      const names = this.picture.looks.map((look) => look.name);
      const others = new Set(names.filter((other) => other !== name));
      const already = hidden.size === others.size && !hidden.has(name);
      save(this.model, "hidden", already ? [] : [...others]);
      return;
    }
    if (!hidden.delete(name)) hidden.add(name);
    save(this.model, "hidden", [...hidden]);
  }
}

function countInside(scene: Scene, rows: Int32Array, visible: Bounds): number {
  let count = 0;
  for (const row of rows) {
    const x = scene.x[row];
    const y = scene.y[row];
    if (x >= visible.left && x <= visible.right && y >= visible.top && y <= visible.bottom) count++;
  }
  return count;
}

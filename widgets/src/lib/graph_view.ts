// A node-link widget: one scene, one camera, one selection, and the parts around the canvas.

import { fit, inView, zoomAt, toScreen, pan, type Camera, type Padding, type Point } from "./camera";
import type { Describe } from "./describe";
import { element, iconButton } from "./dom";
import { rowAt, rowsIn } from "./hit";
import { bytesOf, emit, save, watch, type Dispose, type Host, type Model } from "./host";
import { actionOf, levelsOf, rootOf, stepFrom, type Action, type Levels } from "./keyboard";
import { Legend, placeInLegend } from "./legend";
import { looksOf, scaleOf, type Look, type Scale } from "./looks";
import { numberText } from "./numbers";
import { paintMarks, type Marks } from "./overlay";
import { glyphPx, labelsBeside, paint, radiusOf, type Direction, type Frame } from "./painter";
import { listen } from "./pointer";
import { decode, type Bounds, type Scene } from "./scene";
import { search } from "./search";
import { SearchBox } from "./searchbox";
import { Stage } from "./stage";
import { strokesOf, type Stroke } from "./strokes";
import { cssVariables, GLYPH_DIAMETER, paletteOf, STYLE, type Palette } from "./style";
import { NodeTable } from "./table";
import { resolve, watchHost } from "./theme";
import { Tooltip } from "./tooltip";

export interface Kind {
  noun: string;
  restPx: number;
  hint: string;
  describe: Describe;
}

const ZOOM_STEP = 1.4;
const TOOLBAR_PX = 48;
const REACH_PX = 8;



let views = 0;

/** The module that a host loads: it draws `kind` into the element it is given. */
export function graphWidget(kind: Kind): { render(host: Host): Dispose } {
  return {
    render: ({ model, el }) => {
      const view = new GraphView(model, el, kind);
      return () => view.dispose();
    },
  };
}

class GraphView {
  private readonly name = `view-${(views += 1)}`;
  private readonly root: HTMLElement;
  private readonly box = element("div", "wb-canvas", { tabindex: 0, role: "application" });
  private readonly heading = element("div", "wb-title");
  private readonly status = element("div", "wb-live", { "aria-live": "polite" });
  private readonly empty = element("div", "wb-empty", { hidden: "" });
  private readonly tooltip = new Tooltip();
  private readonly legend: Legend;
  private readonly searchBox: SearchBox;
  private readonly table: NodeTable;
  private readonly stage: Stage;
  private readonly disposers: Dispose[] = [];

  private scene: Scene | null = null;
  private palette: Palette = paletteOf("light");
  private scale: Scale | null = null;
  private looks: Look[] = [];
  private lookOf: Look[] = [];
  private strokes: Stroke[] = [];
  private levels: Levels | null = null;
  private direction: Direction = "down";
  private faded: Uint8Array | null = null;
  private selected = new Set<number>();
  private hits: number[] = [];
  private hit = -1;
  private focus = -1;
  private hover = -1;
  private hoverTimer = 0;
  private box_: Marks["box"] = null;
  private userMoved = false;

  constructor(
    private readonly model: Model,
    el: HTMLElement,
    private readonly kind: Kind,
  ) {
    this.legend = new Legend((name, alone) => this.toggleHidden(name, alone));
    this.searchBox = new SearchBox(
      (query) => save(this.model, "filter", query),
      (by) => this.nextHit(by),
      () => this.closeSearch(),
    );
    this.table = new NodeTable(
      (row, add) => this.chooseInTable(row, add),
      () => this.toggleTable(),
    );
    this.root = element("div", "wb-view", { "data-kind": kind.noun });
    this.root.append(this.box, this.heading, this.toolbar(), this.searchBox.el, this.legend.el);
    this.root.append(this.tooltip.el, this.empty, this.table.el, this.status);
    el.append(this.root);
    this.stage = new Stage(this.box, {
      picture: (context, moving) => this.paintPicture(context, moving),
      marks: (context) => this.paintMarks(context),
      resized: () => this.resized(),
      rested: () => this.rested(),
    });
    this.connect();
    this.readTheme();
    this.readScene();
    this.readTitle();
  }

  dispose(): void {
    for (const dispose of this.disposers) dispose();
    this.stage.dispose();
    window.clearTimeout(this.hoverTimer);
    this.root.remove();
  }

  // Fields

  private connect(): void {
    const on = (names: string[], read: () => void): void => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["scene", "buffers"], () => this.readScene());
    on(["selection"], () => this.readSelection());
    on(["camera"], () => this.readCamera());
    on(["filter", "hidden"], () => this.readFilter());
    on(["theme"], () => this.readTheme());
    on(["title"], () => this.readTitle());
    this.disposers.push(watchHost(() => this.readTheme()));
    this.disposers.push(
      listen(this.box, {
        pan: (dx, dy) => this.move(pan(this.stage.camera, dx, dy)),
        zoom: (at, factor) => this.move(zoomAt(this.stage.camera, this.stage.size, at, factor)),
        box: (from, to, done) => this.boxSelect(from, to, done),
        click: (at, add) => this.click(at, add),
        open: (at) => this.act("open", this.rowUnder(at)),
        hover: (at) => this.hoverAt(at),
      }),
    );
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  private readScene(): void {
    const scene = decode(this.model.get("scene"), bytesOf(this.model.get("buffers")));
    if (!scene) {
      this.showEmpty(this.scene ? "" : `No ${this.kind.noun} is shown yet.`);
      return;
    }
    if (scene.header.revision === this.scene?.header.revision) return;
    const same = scene.header.layout === this.scene?.header.layout;
    this.scene = scene;
    this.direction = scene.header.encodings["direction"]?.label === "right" ? "right" : "down";
    this.scale = scaleOf(scene);
    this.strokes = strokesOf(scene);
    this.levels = levelsOf(scene, this.direction);
    if (!same) [this.userMoved, this.focus] = [false, -1];
    this.restyle();
    this.readSelection();
    this.readFilter();
    this.describeBox();
    if (!same && !this.readCamera()) this.fitAll(false);
    this.stage.draw("all");
  }

  private readTheme(): void {
    const theme = resolve(this.model.get("theme"), this.root);
    this.palette = paletteOf(theme);
    this.root.dataset["theme"] = theme;
    for (const [name, value] of Object.entries(cssVariables(this.palette))) {
      this.root.style.setProperty(name, value);
    }
    this.restyle();
    this.stage.draw("all");
  }

  private restyle(): void {
    if (!this.scene) return;
    this.looks = looksOf(this.scene, this.palette, this.scale);
    this.lookOf = new Array<Look>(this.scene.n);
    for (const look of this.looks) for (const row of look.rows) this.lookOf[row] = look;
    this.showLegend();
  }

  private readTitle(): void {
    this.heading.textContent = String(this.model.get("title") ?? "");
    this.describeBox();
  }

  private describeBox(): void {
    const title = this.heading.textContent || this.kind.noun;
    const size = this.scene
      ? `${numberText(this.scene.n)} nodes, ${numberText(this.scene.edges.n)} edges`
      : "empty";
    const help = "Arrow keys move along edges, F fits, slash searches, T opens a table.";
    this.box.setAttribute("aria-label", `${title}: ${size}. ${help}`);
  }

  private readSelection(): void {
    const scene = this.scene;
    if (!scene) return;
    const ids = (this.model.get("selection") ?? []) as number[];
    const rows = ids.map((id) => scene.rowOf.get(id)).filter((row) => row !== undefined);
    this.selected = new Set(rows);
    const last = rows.at(-1);
    if (last !== undefined) this.focus = last;
    if (this.table.open) this.showTable();
    this.announce();
    this.stage.draw("marks");
  }

  /** Follows a camera set in Python; cameras written by a view belong to that view alone. */
  private readCamera(): boolean {
    const camera = (this.model.get("camera") ?? {}) as Partial<Camera> & { view?: string };
    const { x, y, zoom, view } = camera;
    if (view !== undefined || x === undefined || y === undefined || !zoom) return false;
    this.userMoved = true;
    this.stage.look({ x, y, zoom });
    return true;
  }

  private readFilter(): void {
    const scene = this.scene;
    if (!scene) return;
    const query = String(this.model.get("filter") ?? "");
    const hits = search(scene, query);
    if (hits.length !== this.hits.length) this.hit = -1;
    this.hits = hits;
    const hidden = this.hidden();
    this.faded = query || hidden.size ? this.fadedRows(scene, query, hidden) : null;
    this.searchBox.show(query, hits.length, this.hit + 1, scene.n);
    const nothing = query && !hits.length;
    this.showEmpty(nothing ? `0 of ${numberText(scene.n)} nodes match \u201c${query}\u201d` : "");
    this.showLegend();
    if (this.table.open) this.showTable();
    this.stage.draw("all");
  }

  private fadedRows(scene: Scene, query: string, hidden: ReadonlySet<string>): Uint8Array | null {
    const faded = new Uint8Array(scene.n);
    if (this.hits.length) {
      faded.fill(1);
      for (const row of this.hits) faded[row] = 0;
    }
    const { codes, texts } = scene.nodes.words["glyph"];
    for (let row = 0; row < scene.n; row++) if (hidden.has(texts[codes[row]])) faded[row] = 1;
    return query || hidden.size ? faded : null;
  }

  private hidden(): ReadonlySet<string> {
    return new Set((this.model.get("hidden") ?? []) as string[]);
  }

  // Pictures

  private frame(scene: Scene, moving: boolean): Frame {
    const { camera, size } = this.stage;
    const { palette, looks, strokes, direction, faded } = this;
    return { scene, camera, size, palette, looks, strokes, direction, faded, moving };
  }

  private paintPicture(context: CanvasRenderingContext2D, moving: boolean): void {
    const { width, height } = this.stage.size;
    if (this.scene) paint(context, this.frame(this.scene, moving));
    else context.clearRect(0, 0, width, height);
  }

  private paintMarks(context: CanvasRenderingContext2D): void {
    if (!this.scene) return;
    const dimmed = this.hover >= 0 ? String(STYLE.edges.faded_opacity) : "1";
    this.stage.picture.style.opacity = dimmed;
    const query = String(this.model.get("filter") ?? "");
    const keyed = this.root.classList.contains("wb-keyed");
    const marks: Marks = {
      selected: this.selected,
      hits: query ? this.hits : [],
      focus: keyed ? this.focus : -1,
      hover: this.hover,
      box: this.box_,
    };
    paintMarks(context, this.frame(this.scene, false), marks, (row) => this.lookOf[row]);
  }

  private showLegend(camera = this.stage.camera): void {
    const scene = this.scene;
    if (!scene) return;
    const visible = inView(camera, this.stage.size, 0);
    const counts = new Map<string, number>();
    for (const look of this.looks) {
      const count = countInside(scene, look.rows, visible);
      counts.set(look.name, (counts.get(look.name) ?? 0) + count);
    }
    const hidden = this.hidden();
    const entries = Array.from(counts, ([name, count]) => ({ name, count }))
      .filter((entry) => entry.count > 0 || hidden.has(entry.name))
      .sort((a, b) => placeInLegend(a.name) - placeInLegend(b.name));
    this.legend.show(entries, hidden, this.looks, this.scale, this.palette);
  }

  private showEmpty(text: string): void {
    this.empty.textContent = text;
    this.empty.hidden = !text;
  }

  // Camera

  private move(camera: Camera): void {
    this.userMoved = true;
    this.hoverAt(null);
    this.stage.look(camera);
  }

  private resized(): void {
    if (!this.userMoved) this.fitAll(false);
  }

  private rested(): void {
    this.showLegend();
    const { x, y, zoom } = this.stage.camera;
    save(this.model, "camera", { x, y, zoom, view: this.name });
  }

  private padding(): Padding {
    const { width, height } = this.stage.size;
    const side = width < 600 || height < 320 ? 8 : 24;
    return { left: side, right: side, top: TOOLBAR_PX, bottom: side };
  }

  /** The whole graph, beside or above the legend where it would hide a node. */
  private fitAll(smooth: boolean): void {
    if (!this.scene || !this.stage.size.width) return;
    const bounds = withLabels(this.scene, this.direction);
    const fitted = (padding: Padding): Camera =>
      fit(bounds, this.stage.size, this.mostZoom(), padding);
    const padding = this.padding();
    const legend = this.legend.el;
    const camera = fitted(padding);
    this.showLegend(camera);
    const beside = fitted({ ...padding, left: padding.left + legend.offsetWidth });
    const above = fitted({ ...padding, bottom: padding.bottom + legend.offsetHeight });
    const clear = above.zoom > beside.zoom ? above : beside;
    this.goTo(this.hidesNode(camera, legend) ? clear : camera, smooth);
  }

  private hidesNode(camera: Camera, legend: HTMLElement): boolean {
    const { size } = this.stage;
    if (!this.scene || legend.offsetWidth > size.width / 3) return false;
    const from = { x: 0, y: legend.offsetTop - 12 };
    const to = { x: legend.offsetLeft + legend.offsetWidth + 12, y: size.height };
    return rowsIn(this.scene, camera, size, from, to).length > 0;
  }

  private mostZoom(): number {
    return (this.kind.restPx / GLYPH_DIAMETER) * 2;
  }

  private fitRows(rows: Iterable<number>): void {
    const scene = this.scene;
    if (!scene) return;
    const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const row of rows) {
      bounds.left = Math.min(bounds.left, scene.x[row] - 1);
      bounds.right = Math.max(bounds.right, scene.x[row] + 1);
      bounds.top = Math.min(bounds.top, scene.y[row] - 1);
      bounds.bottom = Math.max(bounds.bottom, scene.y[row] + 1);
    }
    if (bounds.left === Infinity) return;
    this.userMoved = true;
    this.goTo(fit(bounds, this.stage.size, this.mostZoom(), this.padding()), true);
  }

  private goTo(camera: Camera, smooth: boolean): void {
    if (smooth) this.stage.fly(camera);
    else {
      this.stage.camera = camera;
      this.stage.draw("all");
      this.showLegend();
    }
  }

  private zoomBy(factor: number): void {
    const { width, height } = this.stage.size;
    const middle = { x: width / 2, y: height / 2 };
    this.userMoved = true;
    this.stage.fly(zoomAt(this.stage.camera, this.stage.size, middle, factor));
  }

  /** Brings a row into view without changing the zoom, unless glyphs would be dots. */
  private reveal(row: number): void {
    const scene = this.scene as Scene;
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const large = glyphPx({ camera }) >= STYLE.detail.shapes;
    const inside = at.x > 24 && at.y > 48 && at.x < size.width - 24 && at.y < size.height - 24;
    if (inside && large) return;
    const rest = this.kind.restPx / GLYPH_DIAMETER;
    this.userMoved = true;
    const zoom = large ? camera.zoom : rest;
    this.stage.fly({ x: scene.x[row], y: scene.y[row], zoom });
  }

  // Pointer

  private rowUnder(at: Point): number {
    if (!this.scene) return -1;
    const reach = Math.max(glyphPx(this.stage) / 2 + 2, REACH_PX);
    return rowAt(this.scene, this.stage.camera, this.stage.size, at, reach);
  }

  private click(at: Point, add: boolean): void {
    this.box.focus({ preventScroll: true });
    this.root.classList.remove("wb-keyed");
    const row = this.rowUnder(at);
    if (row >= 0) this.choose(row, add);
    else if (!add) this.select([]);
  }

  private boxSelect(from: Point, to: Point, done: boolean): void {
    if (!this.scene) return;
    this.box_ = done
      ? null
      : {
          x: Math.min(from.x, to.x),
          y: Math.min(from.y, to.y),
          width: Math.abs(to.x - from.x),
          height: Math.abs(to.y - from.y),
        };
    if (done) this.select(rowsIn(this.scene, this.stage.camera, this.stage.size, from, to));
    this.stage.draw("marks");
  }

  private hoverAt(at: Point | null): void {
    window.clearTimeout(this.hoverTimer);
    const row = at ? this.rowUnder(at) : -1;
    this.box.style.cursor = row >= 0 ? "pointer" : "";
    if (row === this.hover) return;
    if (this.hover >= 0) this.showHover(-1);
    if (row < 0) return;
    this.hoverTimer = window.setTimeout(() => this.showHover(row), STYLE.layout.tooltip_delay_ms);
  }

  private showHover(row: number): void {
    this.hover = row;
    if (row < 0) this.tooltip.hide();
    else this.showTooltip(row);
    this.stage.draw("marks");
  }

  private showTooltip(row: number): void {
    const scene = this.scene as Scene;
    const { camera, size } = this.stage;
    const at = toScreen(camera, size, { x: scene.x[row], y: scene.y[row] });
    const radius = radiusOf(this.frame(scene, false), row);
    this.tooltip.show(this.kind.describe(scene, row), at, radius, size, this.kind.hint);
  }

  // Selection

  private select(rows: readonly number[]): void {
    const scene = this.scene as Scene;
    if (!scene) return;
    save(this.model, "selection", rows.map((row) => scene.ids[row]));
  }

  private choose(row: number, add: boolean): void {
    if (!add) this.select([row]);
    else if (this.selected.has(row)) this.select([...this.selected].filter((r) => r !== row));
    else this.select([...this.selected, row]);
  }

  private announce(): void {
    const scene = this.scene;
    const row = [...this.selected].at(-1);
    if (!scene || row === undefined) {
      this.status.textContent = "";
      return;
    }
    const { title, rows } = this.kind.describe(scene, row);
    const more = this.selected.size > 1 ? `; ${numberText(this.selected.size)} selected` : "";
    this.status.textContent = [title, ...rows.map((pair) => pair.join(" "))].join(", ") + more;
  }

  // Keys

  private key(event: KeyboardEvent): void {
    const inside = event.composedPath()[0];
    const typing = inside instanceof HTMLInputElement;
    const action = actionOf(event, this.direction);
    if (!action || typing || event.altKey) return;
    if (inside !== this.box && (action === "open" || event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    this.root.classList.add("wb-keyed");
    this.perform(action);
  }

  private perform(action: Action): void {
    const step = (): void => this.step(action);
    const act = (): void => this.act(action, this.focus);
    const actions: Record<Action, () => void> = {
      fit: () => this.fitAgain(),
      fitSelection: () => this.fitRows(this.selected),
      search: () => this.searchBox.focus(),
      close: () => this.escape(),
      table: () => this.toggleTable(),
      zoomIn: () => this.zoomBy(ZOOM_STEP),
      zoomOut: () => this.zoomBy(1 / ZOOM_STEP),
      back: () => emit(this.model, "step", { by: -1 }),
      forward: () => emit(this.model, "step", { by: 1 }),
      undo: () => emit(this.model, "undo"),
      open: act,
      expand: act,
      prune: act,
      parent: step,
      child: step,
      previous: step,
      next: step,
    };
    actions[action]();
  }

  private act(type: string, row: number): void {
    if (this.scene && row >= 0) emit(this.model, type, { id: this.scene.ids[row] });
  }

  private step(action: Action): void {
    if (!this.scene || !this.levels || !this.scene.n) return;
    const from = this.focus;
    const row = from < 0 ? rootOf(this.scene) : stepFrom(this.scene, this.levels, from, action);
    this.focus = row;
    this.select([row]);
    this.reveal(row);
    this.stage.draw("marks");
  }

  private fitAgain(): void {
    this.userMoved = false;
    this.fitAll(true);
  }

  private escape(): void {
    if (this.table.open) this.toggleTable();
    else if (this.searchBox.open || this.hits.length) this.closeSearch();
    else if (this.selected.size) this.select([]);
    this.showHover(-1);
  }

  // Search, legend, table

  private closeSearch(): void {
    this.searchBox.hide();
    save(this.model, "filter", "");
    this.box.focus({ preventScroll: true });
  }

  private nextHit(by: number): void {
    if (!this.hits.length || !this.scene) return;
    this.hit = (this.hit + by + this.hits.length) % this.hits.length;
    const row = this.hits[this.hit];
    this.select([row]);
    this.reveal(row);
    const query = String(this.model.get("filter") ?? "");
    this.searchBox.show(query, this.hits.length, this.hit + 1, this.scene.n);
  }

  private toggleHidden(name: string, alone: boolean): void {
    const hidden = new Set(this.hidden());
    if (alone) {
      const others = new Set(this.looks.map((look) => look.name).filter((other) => other !== name));
      const already = hidden.size === others.size && !hidden.has(name);
      save(this.model, "hidden", already ? [] : [...others]);
      return;
    }
    if (!hidden.delete(name)) hidden.add(name);
    save(this.model, "hidden", [...hidden]);
  }

  private toggleTable(): void {
    if (this.table.open) {
      this.table.hide();
      this.root.classList.remove("wb-with-table");
      this.box.focus({ preventScroll: true });
    } else this.showTable();
  }

  private showTable(): void {
    const scene = this.scene;
    if (!scene) return;
    this.root.classList.add("wb-with-table");
    const rows = Array.from({ length: scene.n }, (_, row) => row);
    const faded = this.faded;
    this.table.show(scene, faded ? rows.filter((row) => !faded[row]) : rows, this.selected);
  }

  private chooseInTable(row: number, add: boolean): void {
    this.choose(row, add);
    this.reveal(row);
  }

  private toolbar(): HTMLElement {
    const bar = element("div", "wb-toolbar", { role: "toolbar", "aria-label": "View" });
    bar.append(
      iconButton("fit", "Fit (F)", () => this.fitAgain()),
      iconButton("plus", "Zoom in (+)", () => this.zoomBy(ZOOM_STEP)),
      iconButton("minus", "Zoom out (-)", () => this.zoomBy(1 / ZOOM_STEP)),
      iconButton("search", "Search (/)", () => this.searchBox.focus()),
      iconButton("table", "Table (T)", () => this.toggleTable()),
      iconButton("full", "Full screen", () => this.fullScreen()),
    );
    return bar;
  }

  private fullScreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.root.requestFullscreen();
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

/** Room for the text of the deepest nodes of a tree that grows to the right. */
function withLabels(scene: Scene, direction: Direction): Bounds {
  const { bounds } = scene;
  return labelsBeside({ scene, direction }) ? { ...bounds, right: bounds.right + 6 } : bounds;
}

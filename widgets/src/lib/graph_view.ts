// A node-link widget: one picture, one camera, one selection, and the parts around the canvas.

import { pan, zoomAt, type Point } from "./camera";
import { summaryOf, type Describe } from "./describe";
import { element } from "./dom";
import { bytesOf, emit, save, watch, type Dispose, type Host, type Model } from "./host";
import { Hover } from "./hover";
import { actionOf, type Action } from "./keyboard";
import { Navigator } from "./navigator";
import { numberText } from "./numbers";
import { Panels } from "./panels";
import { Picture } from "./picture";
import { listen } from "./pointer";
import { decode } from "./scene";
import { Selection } from "./selection";
import { Stage } from "./stage";
import { cssVariables, paletteOf, STYLE } from "./style";
import { resolve, watchHost } from "./theme";
import { toggleFullScreen, toolbar } from "./toolbar";

export interface Kind {
  noun: string;
  restPx: number;
  hint: string;
  describe: Describe;
}

const ZOOM_STEP = 1.4;

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
  private readonly picture = new Picture();
  private readonly stage: Stage;
  private readonly selection: Selection;
  private readonly hover: Hover;
  private readonly panels: Panels;
  private readonly navigator: Navigator;
  private readonly disposers: Dispose[] = [];

  constructor(
    private readonly model: Model,
    el: HTMLElement,
    private readonly kind: Kind,
  ) {
    const { box, picture } = this;
    this.root = element("div", "wb-view", { "data-kind": kind.noun });
    this.stage = new Stage(box, {
      picture: (context, moving) => picture.paint(context, this.stage, moving),
      marks: (context) => this.paintMarks(context),
      resized: () => this.resized(),
      rested: () => this.rested(),
    });
    this.selection = new Selection(model, picture, this.stage, this.status, kind.describe);
    this.hover = new Hover(picture, this.stage, kind.describe, kind.hint);
    this.panels = new Panels(model, picture, this.stage, this.root, {
      choose: (row, add) => this.chooseInPanel(row, add),
      returnFocus: () => box.focus({ preventScroll: true }),
    });
    const { legend } = this.panels;
    this.navigator = new Navigator(picture, this.stage, kind.restPx, legend.el, (camera) =>
      this.panels.showLegend(camera),
    );
    this.assemble();
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.readScene();
    this.readTitle();
  }

  dispose(): void {
    for (const dispose of this.disposers) dispose();
    this.hover.end();
    this.stage.dispose();
    this.root.remove();
  }

  private assemble(): void {
    const { searchBox, legend, table } = this.panels;
    this.root.append(this.box, this.heading, this.toolbar(), searchBox.el, legend.el);
    this.root.append(this.hover.tooltip.el, this.empty, table.el, this.status);
  }

  private toolbar(): HTMLElement {
    const { navigator, panels } = this;
    return toolbar({
      fit: () => navigator.fitAgain(),
      zoomIn: () => navigator.zoomBy(ZOOM_STEP),
      zoomOut: () => navigator.zoomBy(1 / ZOOM_STEP),
      search: () => panels.searchBox.focus(),
      table: () => panels.toggleTable(),
      fullScreen: () => toggleFullScreen(this.root),
    });
  }

  // Fields

  private connect(): void {
    const on = (names: string[], read: () => void): void => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["scene", "buffers"], () => this.readScene());
    on(["selection"], () => this.readSelection());
    on(["camera"], () => this.navigator.follow(this.model.get("camera")));
    on(["filter", "hidden"], () => this.readFilter());
    on(["aim"], () => this.readAim());
    on(["theme"], () => this.readTheme());
    on(["title"], () => this.readTitle());
    this.disposers.push(watchHost(() => this.readTheme()));
    this.disposers.push(this.listen());
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  private readScene(): void {
    const { picture } = this;
    const scene = decode(this.model.get("scene"), bytesOf(this.model.get("buffers")));
    if (!scene) {
      this.showEmpty(picture.scene ? "" : `No ${this.kind.noun} is shown yet.`);
      return;
    }
    if (scene.header.revision === picture.scene?.header.revision) return;
    const same = scene.header.layout === picture.scene?.header.layout;
    picture.load(scene);
    if (!same) [this.navigator.userMoved, picture.focus] = [false, -1];
    this.readSelection();
    this.readFilter();
    this.describeBox();
    if (!same && !this.navigator.follow(this.model.get("camera"))) this.navigator.fitAll(false);
    this.stage.draw("all");
  }

  private readTheme(): void {
    const theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    this.picture.restyle(paletteOf(theme));
    for (const [name, value] of Object.entries(cssVariables(this.picture.palette))) {
      this.root.style.setProperty(name, value);
    }
    this.panels.showLegend();
    this.stage.draw("all");
  }

  private readTitle(): void {
    this.heading.textContent = String(this.model.get("title") ?? "");
    this.describeBox();
  }

  private readSelection(): void {
    this.selection.read();
    this.panels.refreshTable();
  }

  /** Brings into view what Python points at. */
  private readAim(): void {
    const { ids = [] } = (this.model.get("aim") ?? {}) as { ids?: number[] };
    const rows = ids.map((id) => this.picture.scene?.rowOf.get(id));
    const found = rows.filter((row) => row !== undefined);
    if (found.length) this.navigator.fitRows(found);
  }

  private readFilter(): void {
    const { scene } = this.picture;
    if (!scene) return;
    this.panels.readFilter(scene);
    const { query, hits } = this.picture;
    const nothing = query && !hits.length;
    this.showEmpty(nothing ? `0 of ${numberText(scene.n)} nodes match \u201c${query}\u201d` : "");
  }

  private describeBox(): void {
    const title = this.heading.textContent || this.kind.noun;
    this.box.setAttribute("aria-label", summaryOf(title, this.picture.scene));
  }

  private showEmpty(text: string): void {
    this.empty.textContent = text;
    this.empty.hidden = !text;
  }

  // Drawing

  private paintMarks(context: CanvasRenderingContext2D): void {
    const hovering = this.picture.hover >= 0;
    this.stage.picture.style.opacity = hovering ? String(STYLE.edges.faded_opacity) : "1";
    this.picture.paintMarks(context, this.stage, this.root.classList.contains("wb-keyed"));
  }

  /** Also the first news that the host has put the view on the page, with a background. */
  private resized(): void {
    this.readTheme();
    this.navigator.resized();
  }

  private rested(): void {
    this.panels.showLegend();
    const { x, y, zoom } = this.stage.camera;
    save(this.model, "camera", { x, y, zoom, view: this.name });
  }

  // Pointer

  private listen(): Dispose {
    const { stage, selection } = this;
    return listen(this.box, {
      pan: (dx, dy) => this.moveTo(pan(stage.camera, dx, dy)),
      zoom: (at, factor) => this.moveTo(zoomAt(stage.camera, stage.size, at, factor)),
      box: (from, to, done) => selection.dragBox(from, to, done),
      click: (at, add) => this.click(at, add),
      open: (at) => this.act("open", selection.rowUnder(at)),
      hover: (at) => this.hoverAt(at),
    });
  }

  private moveTo(camera: Stage["camera"]): void {
    this.hoverAt(null);
    this.navigator.look(camera);
  }

  private click(at: Point, add: boolean): void {
    this.box.focus({ preventScroll: true });
    this.root.classList.remove("wb-keyed");
    this.selection.click(at, add);
  }

  private hoverAt(at: Point | null): void {
    const row = at ? this.selection.rowUnder(at) : -1;
    this.box.style.cursor = row >= 0 ? "pointer" : "";
    this.hover.over(row);
  }

  // Keys

  private key(event: KeyboardEvent): void {
    const inside = event.composedPath()[0];
    const typing = inside instanceof HTMLInputElement;
    const action = actionOf(event, this.picture.direction);
    if (!action || typing || event.altKey) return;
    if (inside !== this.box && (action === "open" || event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    this.root.classList.add("wb-keyed");
    this.perform(action);
  }

  private perform(action: Action): void {
    const step = (): void => this.step(action);
    const act = (): void => this.act(action, this.picture.focus);
    const actions: Record<Action, () => void> = {
      fit: () => this.navigator.fitAgain(),
      fitSelection: () => this.navigator.fitRows(this.picture.selected),
      search: () => this.panels.searchBox.focus(),
      close: () => this.escape(),
      table: () => this.panels.toggleTable(),
      zoomIn: () => this.navigator.zoomBy(ZOOM_STEP),
      zoomOut: () => this.navigator.zoomBy(1 / ZOOM_STEP),
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
    const { scene } = this.picture;
    if (scene && row >= 0) emit(this.model, type, { id: scene.ids[row] });
  }

  private step(action: Action): void {
    const { scene } = this.picture;
    if (scene?.n) this.navigator.reveal(scene, this.selection.step(scene, action));
  }

  private chooseInPanel(row: number, add: boolean): void {
    const { scene } = this.picture;
    this.selection.choose(row, add);
    if (scene) this.navigator.reveal(scene, row);
  }

  private escape(): void {
    if (!this.panels.closeOne() && this.picture.selected.size) this.selection.select([]);
    this.hover.end();
  }
}

// The live table of a sweep: thousands of cells, of which only those in view are drawn.

import { element, setAttribute, setText } from "../dom";
import { stepTo } from "../rove";
import { bestOf, csv, ordered, placeOf, shownColumns, smallIsGood, type Cells, type Line, type Order } from "./cells";
import { CellLine, widthsOf } from "./line";
import { ask, textButton } from "./question";
import { mostTelling, type Action } from "./rows";
import { Choice } from "./selection";
import { plural } from "./words";

export interface SweepWishes {
  send(action: Action, ids: string[]): void;
}

export const LINE = 24;
const SPARE = 6; // lines drawn above and below what is in view
const UNFINISHED = ["queued", "running"];
const RESUMABLE = ["failed", "cancelled"];
let made = 0;

export class SweepTable {
  readonly el = element("section", "wb-sweep", { "aria-label": "Cells of the sweep" });
  private readonly grid = element("div", "wb-cells", { role: "grid", tabindex: 0, "aria-multiselectable": "true" });
  private readonly head = element("div", "wb-cells-head", { role: "row", "aria-rowindex": 1 });
  private readonly body = element("div", "wb-cells-body", { role: "rowgroup" });
  private readonly count = element("span", "wb-count");
  private readonly cancel = textButton("Cancel selected");
  private readonly resume = textButton("Resume selected");
  private readonly copy = textButton("Copy as CSV");
  private readonly by = element("select", "wb-select", { "aria-label": "Mark the best value of" });
  private readonly way = element("select", "wb-select", { "aria-label": "What is best" });
  private readonly told = element("div", "wb-cell-told", { "aria-live": "polite" });
  private readonly choice = new Choice();
  private readonly lines = new Map<string, CellLine>();
  private readonly key = `wb-cell-${(made += 1)}`;
  private cells: Cells = { version: -1, columns: [], lines: [] };
  private places: number[] = [];
  private ids: string[] = []; // in the order shown
  private order: Order | null = null;
  private best = new Set<number>();
  private columns = "";

  constructor(private readonly wishes: SweepWishes) {
    for (const name of ["highest", "lowest"]) this.way.append(element("option", "", { value: name }, name));
    const mark = element("label", "wb-field wb-best-of", {}, "\u2605 best", this.by, this.way);
    const tools = element("div", "wb-sweep-tools", {}, this.count, this.cancel, this.resume, this.copy, mark);
    this.grid.append(this.head, this.body);
    this.el.append(tools, this.grid, this.told);
    this.cancel.addEventListener("click", () => this.act("cancel"));
    this.resume.addEventListener("click", () => this.act("resume"));
    this.copy.addEventListener("click", () => void this.toClipboard());
    this.by.addEventListener("change", () => {
      this.way.value = smallIsGood(this.by.selectedOptions[0]?.text ?? "") ? "lowest" : "highest";
      this.fillHead();
      this.markOrder();
      this.refresh();
    });
    this.way.addEventListener("change", () => this.refresh());
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  show(cells: Cells, name: string): void {
    if (cells.version === this.cells.version && cells.lines === this.cells.lines) {
      this.draw();
      return;
    }
    this.cells = cells;
    setAttribute(this.grid, "aria-label", `Cells of ${name}`);
    const columns = JSON.stringify(cells.columns);
    if (columns !== this.columns) {
      this.columns = columns;
      this.order = null;
      this.fillBest();
      this.fillHead();
    }
    this.refresh();
  }

  // Drawing

  private get shown(): number[] {
    return shownColumns(this.cells, this.by.value === "" ? -1 : Number(this.by.value));
  }

  private refresh(): void {
    const at = placeOf(this.cells, "id");
    const { lines } = this.cells;
    const active = this.ids[this.choice.active];
    this.places = ordered(this.cells, this.order);
    this.ids = this.places.map((place) => String(at < 0 ? place : lines[place][at]));
    if (active !== undefined) this.choice.active = this.ids.indexOf(active);
    this.best = this.by.value === "" ? new Set() : bestOf(this.cells, Number(this.by.value), this.way.value === "lowest");
    this.grid.style.setProperty("--columns", widthsOf(this.cells, this.shown));
    setAttribute(this.grid, "aria-rowcount", String(lines.length + 1));
    this.body.style.height = `${LINE * lines.length}px`;
    this.draw();
  }

  private draw(): void {
    const first = Math.max(0, Math.floor(this.grid.scrollTop / LINE) - SPARE);
    const last = Math.min(this.ids.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / LINE) + SPARE);
    const wanted = new Set(this.ids.slice(first, last));
    for (const [id, line] of this.lines) {
      if (wanted.has(id)) continue;
      line.el.remove();
      this.lines.delete(id);
    }
    for (let at = first; at < last; at += 1) this.drawLine(at);
    this.showTools();
  }

  private drawLine(at: number): void {
    const id = this.ids[at];
    let line = this.lines.get(id);
    if (!line) {
      line = new CellLine(id, `${this.key}-${id}`);
      this.lines.set(id, line);
      this.body.append(line.el);
    }
    line.show({
      top: LINE * at,
      place: at,
      columns: this.shown,
      cells: this.cells,
      line: this.lineAt(at),
      best: this.best.has(this.places[at]) ? Number(this.by.value) : -1,
      isChosen: this.choice.chosen.has(id),
      isActive: at === this.choice.active,
    });
  }

  private lineAt(at: number): Line {
    return this.cells.lines[this.places[at]];
  }

  private showTools(): void {
    const n = this.choice.chosen.size;
    setText(this.count, plural(this.ids.length, "cell") + (n ? `, ${n} selected` : ""));
    this.cancel.disabled = this.targets("cancel").length === 0;
    this.resume.disabled = this.targets("resume").length === 0;
    const active = this.lines.get(this.ids[this.choice.active]);
    if (active) setAttribute(this.grid, "aria-activedescendant", active.el.id);
    else this.grid.removeAttribute("aria-activedescendant");
    setText(this.told, this.choice.active < 0 ? "" : toldOf(this.cells, this.lineAt(this.choice.active)));
    this.told.hidden = this.told.textContent === "";
  }

  private fillBest(): void {
    const options = this.cells.columns.flatMap(({ name, role }, place) =>
      role === "value" ? [element("option", "", { value: place }, name)] : [],
    );
    this.by.replaceChildren(...options);
    const usual = mostTelling(this.cells.columns.filter(({ role }) => role === "value"));
    this.by.value = usual ? String(this.cells.columns.indexOf(usual)) : "";
    (this.by.closest("label") as HTMLElement).hidden = options.length === 0;
    this.way.value = smallIsGood(this.by.selectedOptions[0]?.text ?? "") ? "lowest" : "highest";
  }

  private fillHead(): void {
    const heads = this.shown.map((place) => {
      const { name, role } = this.cells.columns[place];
      const button = element("button", "wb-cells-sort", { type: "button", tabindex: -1, title: `Sort by ${name}` }, name.replaceAll("_", " "));
      const head = element("div", "wb-cell", { role: "columnheader", "aria-sort": "none", "data-role": role, "data-place": place }, button);
      button.addEventListener("click", () => this.sort(place));
      return head;
    });
    this.head.replaceChildren(element("div", "wb-cell wb-cell-check", { role: "columnheader", "aria-label": "Selected" }), ...heads);
  }

  private sort(column: number): void {
    const same = this.order?.column === column;
    this.order = same && this.order?.down ? null : { column, down: same };
    this.markOrder();
    this.refresh();
  }

  private markOrder(): void {
    for (const head of this.head.children as unknown as HTMLElement[]) {
      const sorted = this.order?.column === Number(head.dataset["place"] ?? -1);
      const way = this.order?.down ? "descending" : "ascending";
      if (head.dataset["place"]) setAttribute(head, "aria-sort", sorted ? way : "none");
    }
  }

  // What is asked

  private targets(action: Action): string[] {
    const state = placeOf(this.cells, "state");
    const possible = action === "cancel" ? UNFINISHED : RESUMABLE;
    const of = new Map(this.ids.map((id, at) => [id, String(this.lineAt(at)[state])]));
    return this.choice.targets(this.ids).filter((id) => possible.includes(of.get(id) ?? ""));
  }

  private act(action: Action): void {
    const ids = this.targets(action);
    if (ids.length) this.wishes.send(action, ids);
  }

  private askToCancel(): void {
    const n = this.targets("cancel").length;
    if (n) ask(this.el, `Cancel ${plural(n, "cell")}? What is done so far is kept.`, "Cancel", () => this.act("cancel"));
  }

  private async toClipboard(): Promise<void> {
    const chosen = this.choice.chosen;
    const places = chosen.size ? this.places.filter((_, at) => chosen.has(this.ids[at])) : this.places;
    const done = await copied(csv(this.cells, places), this.el);
    setText(this.copy, done ? `Copied ${plural(places.length, "line")}` : "Could not copy");
    window.setTimeout(() => setText(this.copy, "Copy as CSV"), 2000);
  }

  private onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const at = this.ids.indexOf(target.closest<HTMLElement>("[data-id]")?.dataset["id"] ?? "");
    if (at < 0) return;
    const adds = event.ctrlKey || event.metaKey || target.closest(".wb-cell-check") !== null;
    if (event.shiftKey) this.choice.go(at, this.ids, true);
    else if (adds) this.choice.toggle(at, this.ids);
    else this.choice.only(at, this.ids);
    this.draw();
  }

  private onKey(event: KeyboardEvent): void {
    const keys: Record<string, () => void> = {
      " ": () => this.choice.active >= 0 && this.choice.toggle(this.choice.active, this.ids),
      a: () => (event.ctrlKey || event.metaKey) && this.choice.all(this.ids),
      Escape: () => this.choice.clear(),
      Delete: () => this.askToCancel(),
      Enter: () => this.open(),
    };
    const to = this.placeTo(event.key);
    if (to === null && !keys[event.key]) return;
    if (to !== null) this.go(to, event.shiftKey);
    else keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  private placeTo(key: string): number | null {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / LINE) - 2);
    const pages: Record<string, number> = { PageUp: -page, PageDown: page };
    if (key === "ArrowLeft" || key === "ArrowRight" || !this.ids.length) return null;
    const from = Math.max(0, this.choice.active);
    if (pages[key]) return Math.min(this.ids.length - 1, Math.max(0, from + pages[key]));
    const to = stepTo(key, from, this.ids.length);
    const begins = this.choice.active < 0 && key.startsWith("Arrow");
    return to < 0 ? null : begins ? 0 : to;
  }

  private go(place: number, extend: boolean): void {
    this.choice.go(place, this.ids, extend);
    const [top, height] = [LINE * place, this.grid.clientHeight - LINE];
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    if (top + LINE > this.grid.scrollTop + height) this.grid.scrollTop = top + LINE - height;
  }

  private open(): void {
    const at = this.choice.active;
    const state = placeOf(this.cells, "state");
    if (at >= 0 && this.lineAt(at)[state] === "done") this.wishes.send("open", [this.ids[at]]);
  }
}

/** What the line under the keyboard has to say beside its numbers. */
function toldOf(cells: Cells, line: Line): string {
  const [error, text] = [placeOf(cells, "error"), placeOf(cells, "text")];
  return [error, text].map((place) => String((place < 0 ? null : line[place]) ?? "")).find(Boolean) ?? "";
}

/** Whether `text` is in the clipboard; pages without the right to write there copy a selection. */
async function copied(text: string, place: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", "wb-live");
    area.value = text;
    place.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

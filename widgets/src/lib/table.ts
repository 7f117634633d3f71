// The picture as a table, for those who do not see it and for those who want numbers.

import { element, iconButton } from "./dom";
import { numberText } from "./numbers";
import { textOf, type Scene } from "./scene";

const PAGE = 100;
const LEFT_OUT = new Set(["x", "y", "size", "ring", "glyph"]);

export class NodeTable {
  readonly el = element("section", "wb-table", { hidden: "", "aria-label": "Nodes as a table" });
  private page = 0;
  private rows: number[] = [];
  private scene: Scene | null = null;
  private selected: ReadonlySet<number> = new Set();

  constructor(
    private readonly choose: (row: number, add: boolean) => void,
    close: () => void,
  ) {
    this.el.append(element("header", "wb-table-head"), element("div", "wb-table-scroll"));
    this.close = close;
  }

  private readonly close: () => void;

  get open(): boolean {
    return !this.el.hidden;
  }

  show(scene: Scene, rows: number[], selected: ReadonlySet<number>): void {
    if (scene !== this.scene || rows.length !== this.rows.length) this.page = 0;
    [this.scene, this.rows, this.selected] = [scene, rows, selected];
    this.el.hidden = false;
    this.render();
  }

  hide(): void {
    this.el.hidden = true;
  }

  private render(): void {
    const scene = this.scene;
    if (!scene) return;
    const first = this.page * PAGE;
    const shown = this.rows.slice(first, first + PAGE);
    const [head, scroll] = this.el.children as unknown as [HTMLElement, HTMLElement];
    const last = first + shown.length;
    const range = `${numberText(shown.length ? first + 1 : 0)} to ${numberText(last)} of ${numberText(this.rows.length)}`;
    head.replaceChildren(
      element("span", "", {}, range),
      this.turn("Previous", -1, this.page > 0),
      this.turn("Next", 1, last < this.rows.length),
      iconButton("close", "Close the table", this.close),
    );
    const focused = this.focusedRow();
    scroll.replaceChildren(this.table(scene, shown));
    if (focused) scroll.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus();
  }

  /** The line that has the keyboard, so that drawing anew does not take it away. */
  private focusedRow(): string | undefined {
    const active = (this.el.getRootNode() as Document | ShadowRoot).activeElement;
    return active instanceof HTMLElement && this.el.contains(active)
      ? active.dataset["row"]
      : undefined;
  }

  private turn(name: string, by: number, possible: boolean): HTMLButtonElement {
    const button = element("button", "wb-text-button", { type: "button" }, name);
    button.disabled = !possible;
    button.addEventListener("click", () => {
      this.page += by;
      this.render();
    });
    return button;
  }

  private table(scene: Scene, rows: number[]): HTMLTableElement {
    const columns = columnsOf(scene);
    const heads = columns.map((name) => element("th", "", { scope: "col" }, name.replaceAll("_", " ")));
    const body = element("tbody");
    for (const row of rows) body.append(this.line(scene, columns, row));
    return element("table", "", {}, element("thead", "", {}, element("tr", "", {}, ...heads)), body);
  }

  private line(scene: Scene, columns: string[], row: number): HTMLTableRowElement {
    const cells = columns.map((name) => element("td", "", {}, cellText(scene, name, row)));
    const selected = this.selected.has(row);
    const line = element("tr", "", { tabindex: 0, "data-row": row, "aria-selected": selected }, ...cells);
    const choose = (event: MouseEvent | KeyboardEvent): void => this.choose(row, event.shiftKey);
    line.addEventListener("click", choose);
    line.addEventListener("keydown", (event) => {
      if (event.key === "Enter") choose(event);
    });
    return line;
  }
}

function columnsOf(scene: Scene): string[] {
  const all = ["id", ...Object.keys(scene.nodes.words), ...Object.keys(scene.nodes.numbers)];
  const nominal = scene.header.encodings["colour"]?.scale === "nominal";
  return [...new Set(all)].filter(
    (name) => !LEFT_OUT.has(name) && !(nominal && (name === "value" || name === "rank")),
  );
}

function cellText(scene: Scene, name: string, row: number): string {
  if (scene.nodes.words[name]) return textOf(scene.nodes, name, row);
  const value = scene.nodes.numbers[name][row];
  return name === "id" ? String(value) : Number.isNaN(value) ? "" : numberText(value, 6);
}

// One line of the table of a sweep.

import { element, setAttribute, setText } from "../dom";
import { numberText } from "../numbers";
import { placeOf, type Cells, type Line, type Role, type Value } from "./cells";
import { showState, stateMark } from "./marks";
import { shareText, spanText } from "./words";

const LOOKED_AT = 200; // lines whose texts decide how wide a column is
const NARROWEST = 4;
const WIDEST = 24;
const WIDEST_HEAD = 11;
const CHECK_PX = 28;
const PADDING_PX = 12;
const STATE_CHARS = 13; // "running 100 %" and its mark

export interface Shown {
  top: number;
  place: number;
  columns: number[];
  cells: Cells;
  line: Line;
  best: number; // the column whose value here is the best of all, or -1
  isChosen: boolean;
  isActive: boolean;
}

export class CellLine {
  readonly el: HTMLElement;
  private readonly check = element("span", "wb-cell wb-cell-check", { role: "gridcell" });
  private mark: SVGSVGElement | null = null;
  private columns = "";
  private texts: HTMLElement[] = [];

  constructor(id: string, key: string) {
    this.el = element("div", "wb-cells-line", { role: "row", id: key, "data-id": id });
  }

  show({ top, place, columns, cells, line, best, isChosen, isActive }: Shown): void {
    this.build(columns, cells);
    this.el.style.transform = `translateY(${top}px)`;
    setAttribute(this.el, "aria-rowindex", String(place + 2));
    setAttribute(this.el, "aria-selected", String(isChosen));
    this.el.classList.toggle("wb-cell-active", isActive);
    columns.forEach((column, i) => {
      const { role } = cells.columns[column];
      const text = role === "state" ? stateText(cells, line, column) : textOf(line[column], role);
      setText(this.texts[i], column === best ? `\u2605 ${text}` : text);
      this.texts[i].classList.toggle("wb-cell-best", column === best);
      if (role === "state") this.showMark(String(line[column]));
    });
  }

  private showMark(state: string): void {
    this.el.dataset["status"] = state;
    if (this.mark) showState(this.mark, state);
  }

  private build(columns: number[], cells: Cells): void {
    const key = columns.join();
    if (key === this.columns) return;
    this.columns = key;
    this.texts = columns.map(() => element("span", "wb-cell-text"));
    const made = columns.map((column, i) => {
      const { role } = cells.columns[column];
      const cell = element("span", "wb-cell", { role: "gridcell", "data-role": role });
      if (role === "state") {
        this.mark = stateMark("queued");
        cell.append(this.mark);
      }
      cell.append(this.texts[i]);
      return cell;
    });
    this.el.replaceChildren(this.check, ...made);
  }
}

export function textOf(value: Value, role: Role): string {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  if (role === "progress") return shareText(value);
  if (role === "seconds") return spanText(value);
  return numberText(value, 5);
}

/** The state, of a cell that runs with its share. */
function stateText(cells: Cells, line: Line, column: number): string {
  const progress = line[placeOf(cells, "progress")];
  const state = String(line[column]);
  return state === "running" && typeof progress === "number" ? `${state} ${shareText(progress)}` : state;
}

/** Columns as wide as their longest text, as `grid-template-columns`. */
export function widthsOf(cells: Cells, columns: readonly number[]): string {
  const looked = cells.lines.slice(0, LOOKED_AT);
  const widths = columns.map((column) => {
    const { name, role } = cells.columns[column];
    const texts = looked.map((line) => textOf(line[column], role).length);
    const head = Math.min(name.length + 1, WIDEST_HEAD);
    const longest = role === "state" ? STATE_CHARS : Math.max(NARROWEST, head, ...texts) + (role === "value" ? 2 : 0);
    return `calc(${Math.min(WIDEST, longest)}ch + ${PADDING_PX}px)`;
  });
  return `${CHECK_PX}px ${widths.join(" ")}`;
}

// Variables that are pixels: mean values before and after; a click, or a stroke, clamps.

import { element, setAttribute, setText } from "../dom";
import { inkOn, type Palette } from "../style";
import type { Pixels } from "./answer";
import { codesOf, type Findings, type Known } from "./findings";
import { image, pixelColour } from "./picture";
import { reachable, stepTo } from "../rove";

export interface PixelWishes {
  know(column: number, known: Known | undefined): void;
  look(column: number): void;
}

export class PixelMap {
  readonly el = element("div", "wb-pixel-part");
  private readonly grid = element("div", "wb-pixels", { role: "grid", "aria-label": "Mean value of each pixel given the evidence" });
  private readonly before = element("div", "wb-pixels-before");
  private readonly note = element("div", "wb-card-note");
  private readonly brush = element("input", "wb-brush", { type: "range", min: 0, "aria-label": "Value that a click clamps a pixel to" });
  private readonly brushWord = element("output", "wb-brush-word");
  private cells: HTMLButtonElement[] = [];
  private pixels: Pixels | null = null;
  private labels: string[] = [];
  private findings: Findings = {};
  private palette: Palette | null = null;
  private painting: boolean | null = null; // true sets, false takes back
  private at = 0;
  private drawnBefore = "";

  constructor(private readonly wishes: PixelWishes) {
    const after = element("figure", "", {}, element("figcaption", "", {}, "Mean given the evidence"), this.grid);
    const ghost = element("figure", "", {}, element("figcaption", "", {}, "Before"), this.before);
    const paint = element("label", "wb-paint", {}, "Click clamps to", this.brush, this.brushWord);
    this.el.append(element("div", "wb-pixel-pair", {}, after, ghost), this.note, paint);
    this.listen();
  }

  show(pixels: Pixels, labels: string[], findings: Findings, palette: Palette): void {
    const size = pixels.columns.length;
    [this.pixels, this.findings, this.palette] = [pixels, findings, palette];
    if (this.cells.length !== size) this.build(pixels);
    if (this.labels.length !== labels.length) {
      this.brush.max = String(labels.length - 1);
      this.brush.value = this.brush.max;
    }
    this.labels = labels;
    this.cells.forEach((cell, i) => this.showCell(cell, i));
    reachable(this.cells, this.at);
    this.showBefore(pixels, palette);
    this.showBrush();
    this.tell(-1);
  }

  /** The picture without evidence: the same until the circuit or the colours change. */
  private showBefore({ before, height, width }: Pixels, palette: Palette): void {
    const drawn = [before.length, palette.surfaces.canvas, ...Array.from(before)].join();
    if (drawn === this.drawnBefore) return;
    this.drawnBefore = drawn;
    const shares = Array.from(before);
    this.before.replaceChildren(image(shares, height, width, palette, "Mean of each pixel before"));
  }

  private build({ columns, rows, places, height, width }: Pixels): void {
    this.grid.style.gridTemplateColumns = `repeat(${width}, 1fr)`;
    this.grid.style.aspectRatio = `${width} / ${height}`;
    this.cells = Array.from(columns, (_, i) => {
      const cell = element("button", "wb-pixel", { type: "button", role: "gridcell" });
      cell.style.gridArea = `${rows[i] + 1} / ${places[i] + 1}`;
      return cell;
    });
    this.grid.replaceChildren(...this.cells);
    this.at = 0;
  }

  private showCell(cell: HTMLButtonElement, i: number): void {
    const { pixels, palette } = this;
    if (!pixels || !palette) return;
    const fill = pixelColour(palette, pixels.after[i] || 0);
    const isKnown = this.findings[String(pixels.columns[i])] !== undefined;
    if (cell.dataset["fill"] !== fill) {
      cell.dataset["fill"] = fill;
      [cell.style.background, cell.style.color] = [fill, inkOn(fill)];
    }
    setAttribute(cell, "aria-selected", String(isKnown));
    setAttribute(cell, "aria-label", this.words(i));
  }

  private words(i: number): string {
    const { pixels } = this;
    if (!pixels) return "";
    const top = this.labels.length - 1;
    const known = codesOf(this.findings[String(pixels.columns[i])]);
    const told = known.length ? `known: ${known.map((code) => this.labels[code]).join(" or ")}, ` : "";
    const [after, before] = [pixels.after[i], pixels.before[i]].map((s) => (s * top).toFixed(1));
    return `row ${pixels.rows[i]}, column ${pixels.places[i]}: ${told}mean ${after}, before ${before}`;
  }

  private tell(i: number): void {
    const idle = "Click or drag to clamp, again to release; Shift-click to look at a pixel.";
    setText(this.note, i >= 0 ? this.words(i) : idle);
  }

  private listen(): void {
    const { grid } = this;
    grid.addEventListener("pointerdown", (event) => this.begin(event));
    grid.addEventListener("pointerover", (event) => this.over(event));
    grid.addEventListener("pointerleave", () => this.tell(-1));
    grid.addEventListener("focusin", (event) => this.tell(this.placeOf(event.target)));
    grid.addEventListener("click", (event) => {
      if (event.detail === 0) this.press(this.placeOf(event.target), event.shiftKey); // by key
    });
    grid.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("pointerup", this.end);
    this.brush.addEventListener("input", () => this.showBrush());
  }

  dispose(): void {
    window.removeEventListener("pointerup", this.end);
  }

  private readonly end = (): void => {
    this.painting = null;
  };

  private begin(event: PointerEvent): void {
    const i = this.placeOf(event.target);
    if (i < 0 || event.button !== 0) return;
    (event.target as HTMLElement).releasePointerCapture?.(event.pointerId);
    this.press(i, event.shiftKey);
  }

  private press(i: number, only: boolean): void {
    const { pixels } = this;
    if (i < 0 || !pixels) return;
    this.at = i;
    reachable(this.cells, i);
    if (only) this.wishes.look(pixels.columns[i]);
    if (only) return;
    const codes = codesOf(this.findings[String(pixels.columns[i])]);
    this.painting = !(codes.length === 1 && codes[0] === this.value);
    this.paint(i);
  }

  private over(event: PointerEvent): void {
    const i = this.placeOf(event.target);
    this.tell(i);
    if (i >= 0 && this.painting !== null && event.buttons === 1) this.paint(i);
  }

  private paint(i: number): void {
    if (this.pixels) this.wishes.know(this.pixels.columns[i], this.painting ? this.value : undefined);
  }

  private key(event: KeyboardEvent): void {
    const i = this.placeOf(event.target);
    if (["Delete", "Backspace"].includes(event.key) && i >= 0 && this.pixels) {
      event.preventDefault();
      this.wishes.know(this.pixels.columns[i], undefined);
      return;
    }
    const to = stepTo(event.key, i, this.cells.length, this.pixels?.width ?? 1);
    if (to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.at = to;
    reachable(this.cells, to);
    this.cells[to].focus();
  }

  private get value(): number {
    return Number(this.brush.value);
  }

  private showBrush(): void {
    setText(this.brushWord, this.labels[this.value] ?? "");
    const share = this.value / Math.max(1, this.labels.length - 1);
    if (!this.palette) return;
    const fill = pixelColour(this.palette, share);
    this.brushWord.style.background = fill;
    this.brushWord.style.color = inkOn(fill);
  }

  private placeOf(target: EventTarget | null): number {
    return this.cells.indexOf(target as HTMLButtonElement);
  }
}

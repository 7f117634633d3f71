// A categorical variable: a bar per value, before and after side by side; a click clamps.

import { element, setAttribute, setText } from "../dom";
import { numberText } from "../numbers";
import type { Bars, Variable } from "./answer";
import { Card, type CardWishes } from "./card";
import { codesOf, extended, toggled, type Known } from "./findings";
import { reachable, stepTo } from "../rove";

const LABEL_CHARS = 12;
export const LISTED = 8; // values up to which each has a line of its own

interface Bar {
  el: HTMLButtonElement;
  label: HTMLElement;
  share: HTMLElement;
}

export class BarsCard extends Card {
  private readonly list = element("div", "wb-bars", {
    role: "listbox",
    "aria-multiselectable": "true",
  });
  private readonly note = element("div", "wb-card-note");
  private bars: Bar[] = [];
  private shownBars: Bars | null = null;
  private known: Known | undefined;
  private at = 0;
  private told = "";

  constructor(column: number, wishes: CardWishes) {
    super(column, wishes);
    this.body.append(this.list, this.note);
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("keydown", (event) => this.move(event));
    this.list.addEventListener("pointerover", (event) => this.tell(this.placeOf(event.target)));
    this.list.addEventListener("pointerleave", () => this.tell(-1));
    this.list.addEventListener("focusin", (event) => this.tell(this.placeOf(event.target)));
  }

  protected show(variable: Variable, known: Known | undefined): void {
    const { bars } = variable;
    if (!bars) return;
    [this.shownBars, this.known] = [bars, known];
    this.list.setAttribute("aria-label", variable.name);
    if (this.bars.length !== bars.labels.length) this.build(bars);
    const codes = new Set(codesOf(known));
    const upright = bars.labels.length > LISTED;
    this.bars.forEach((bar, code) => this.showBar(bar, bars, code, codes, upright));
    if (codes.size && !this.list.contains(document.activeElement)) this.at = Math.min(...codes);
    reachable(this.bars.map(({ el }) => el), this.at);
    this.tell(-1);
  }

  private build({ labels }: Bars): void {
    const n = labels.length;
    const longest = Math.max(...labels.map((label) => label.length));
    this.list.style.setProperty("--label", `${Math.min(longest, LABEL_CHARS) + 3}ch`);
    const upright = n > LISTED;
    this.list.classList.toggle("wb-upright", upright);
    this.list.setAttribute("aria-orientation", upright ? "horizontal" : "vertical");
    this.note.hidden = !upright;
    this.bars = Array.from({ length: n }, () => {
      const [label, share] = [element("span", "wb-bar-label"), element("span", "wb-bar-share")];
      const parts = upright ? [] : [label, element("span", "wb-track"), share];
      const el = element("button", "wb-bar", { type: "button", role: "option" }, ...parts);
      return { el, label, share };
    });
    this.list.replaceChildren(...this.bars.map(({ el }) => el));
  }

  private showBar(bar: Bar, bars: Bars, code: number, codes: Set<number>, upright: boolean): void {
    const { el, label, share } = bar;
    const [before, after] = [bars.before[code], bars.after[code]];
    const scale = upright ? 1 / Math.max(bars.top, 1e-12) : 1;
    const [low, high] = [String(before * scale), String(after * scale)];
    if (el.style.getPropertyValue("--before") !== low) el.style.setProperty("--before", low);
    if (el.style.getPropertyValue("--after") !== high) el.style.setProperty("--after", high);
    setAttribute(el, "aria-selected", String(codes.has(code)));
    setAttribute(el, "aria-label", this.words(bars, code));
    if (upright) return;
    setText(label, bars.labels[code]);
    setAttribute(label, "title", bars.labels[code]);
    setText(share, shareText(after));
  }

  private words(bars: Bars, code: number): string {
    const [before, after] = [bars.before[code], bars.after[code]].map(shareText);
    return `${bars.labels[code]}: ${after}, before ${before}`;
  }

  /** What an upright bar stands for, as its label has no room; else the ends of the axis. */
  private tell(code: number): void {
    const bars = this.shownBars;
    if (!bars || this.note.hidden) return;
    const ends = [bars.labels[0], `highest ${shareText(bars.top)}`, bars.labels.at(-1) ?? ""];
    const texts = code >= 0 ? [this.words(bars, code)] : ends;
    const told = texts.join("\n");
    if (told === this.told) return;
    this.told = told;
    this.note.replaceChildren(...texts.map((text) => element("span", "", {}, text)));
  }

  private placeOf(target: EventTarget | null): number {
    const el = target instanceof Element ? target.closest(".wb-bar") : null;
    return this.bars.findIndex((bar) => bar.el === el);
  }

  private click(event: MouseEvent): void {
    const code = this.placeOf(event.target);
    if (code < 0) return;
    this.at = code;
    this.know(
      event.shiftKey ? extended(this.known, code, this.bars.length) : toggled(this.known, code),
    );
  }

  private move(event: KeyboardEvent): void {
    const to = stepTo(event.key, this.placeOf(event.target), this.bars.length);
    if (to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.at = to;
    reachable(this.bars.map(({ el }) => el), to);
    this.bars[to].el.focus();
  }
}

export function shareText(share: number): string {
  if (share > 0 && share < 0.0005) return numberText(share, 2);
  return share.toFixed(3);
}

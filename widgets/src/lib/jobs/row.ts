// One job of the list: what it is, how far, and what can be asked of it.

import { element, setAttribute, setText } from "../dom";
import { numberText } from "../numbers";
import { Details } from "./details";
import { showState, stateMark } from "./marks";
import { ask, textButton } from "./question";
import { isUnfinished, mostTelling, type Action, type Row } from "./rows";
import { Sparkline } from "./sparkline";
import { SweepTable } from "./sweep";
import type { Cells } from "./cells";
import { countsText, paceText, plural, spanText } from "./words";

export interface RowWishes {
  send(action: Action, ids: string[]): void;
  waiting(id: string): string | null;
  toggle(id: string): void;
}

const ACTIONS: [Action, string, string][] = [
  ["open", "Open result", "Opening\u2026"],
  ["resume", "Resume", "Resuming\u2026"],
  ["cancel", "Cancel", "Cancelling\u2026"],
];
const SEGMENTS = ["done", "failed", "cancelled", "running"];
let made = 0;

export class JobRow {
  readonly el = element("div", "wb-job", { role: "listitem" });
  readonly opener = element("button", "wb-job-opener", { type: "button", "aria-expanded": "false" });
  private readonly mark = stateMark("queued");
  private readonly name = element("span", "wb-job-name");
  private readonly size = element("span", "wb-job-size");
  private readonly actions = element("div", "wb-job-actions");
  private readonly state = element("div", "wb-job-state");
  private readonly word = element("span", "wb-job-word");
  private readonly text = element("span", "wb-job-text");
  private readonly track = element("div", "wb-job-track", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 });
  private readonly segments = SEGMENTS.map((state) => element("i", "", { "data-state": state }));
  private readonly pace = element("div", "wb-job-pace");
  private readonly value = element("div", "wb-job-value");
  private readonly spark = new Sparkline();
  private readonly of = element("span", "wb-job-value-name");
  private readonly last = element("span", "wb-number");
  private readonly more = element("div", "wb-job-more", { hidden: "" });
  private readonly details = new Details();
  private table: SweepTable | null = null;
  private readonly buttons = new Map<Action, HTMLButtonElement>();
  private since = 0;

  constructor(
    private row: Row,
    private readonly wishes: RowWishes,
  ) {
    const chevron = element("span", "wb-job-chevron", { "aria-hidden": "true" });
    this.opener.append(chevron, this.mark, this.name, this.size);
    this.value.append(this.spark.el, this.of, this.last);
    this.opener.addEventListener("click", () => wishes.toggle(this.row.id));
    made += 1;
    this.state.id = `wb-job-state-${made}`;
    this.more.id = `wb-job-more-${made}`;
    this.opener.setAttribute("aria-describedby", this.state.id);
    this.opener.setAttribute("aria-controls", this.more.id);
    this.state.append(this.word, this.text);
    this.track.append(...this.segments);
    for (const [action, name] of ACTIONS) this.addButton(action, name);
    this.more.append(this.details.el);
    const top = element("div", "wb-job-top", {}, this.opener, this.actions);
    const foot = element("div", "wb-job-foot", {}, this.pace, this.value);
    const head = element("div", "wb-job-head", {}, top, this.state, this.track, foot);
    this.el.append(head, this.more);
  }

  show(row: Row, isOpen: boolean, cells: Cells | null, isNew: boolean): void {
    this.row = row;
    if (isNew) this.since = performance.now();
    this.el.dataset["id"] = row.id;
    this.el.dataset["status"] = row.status;
    showState(this.mark, row.status);
    setText(this.name, row.name);
    this.name.title = row.name;
    setText(this.size, row.cells ? plural(total(row.cells), "cell") : "");
    setAttribute(this.opener, "aria-expanded", String(isOpen));
    this.more.hidden = !isOpen;
    this.showProgress();
    this.showValue();
    this.showActions();
    this.tick();
    if (!isOpen) return;
    this.details.show(row);
    this.showCells(cells);
  }

  /** Seconds go on between two messages. */
  tick(): void {
    const { row } = this;
    const seconds = this.elapsed;
    const parts = [
      row.cells ? countsText(row.cells) : row.text,
      seconds === null || row.status === "queued" ? "" : spanText(seconds),
    ];
    setText(this.word, row.status);
    setText(this.text, parts.filter(Boolean).map((part) => ` \u00b7 ${part}`).join(""));
    setAttribute(this.text, "title", row.text);
  }

  ask(): void {
    if (!this.row.can.includes("cancel")) return;
    const what = this.row.cells ? "all its unfinished cells" : "this job";
    ask(this.el, `Cancel ${what}? What is done so far is kept.`, "Cancel it", () => this.send("cancel"));
  }

  private get elapsed(): number | null {
    if (this.row.elapsed === null) return null;
    const ticks = this.row.status === "running" ? (performance.now() - this.since) / 1000 : 0;
    return this.row.elapsed + ticks;
  }

  private addButton(action: Action, name: string): void {
    const button = textButton(name);
    button.addEventListener("click", () => this.send(action));
    this.buttons.set(action, button);
    this.actions.append(button);
  }

  private send(action: Action): void {
    this.wishes.send(action, [this.row.id]);
  }

  private showActions(): void {
    const waiting = this.wishes.waiting(this.row.id);
    for (const [action, name, waits] of ACTIONS) {
      const button = this.buttons.get(action) as HTMLButtonElement;
      const isWaiting = waiting === action;
      button.hidden = !this.row.can.includes(action) && !isWaiting;
      button.disabled = isWaiting;
      const reach = reachOf(this.row, action);
      setText(button, isWaiting ? waits : `${name}${reach}`);
      setAttribute(button, "aria-label", `${name}${reach}${reach ? " cells" : ""}: ${this.row.name}`);
    }
  }

  private showProgress(): void {
    const { row } = this;
    const runs = isUnfinished(row.status);
    this.track.hidden = !(row.progress && runs) && !(row.cells && row.status !== "done");
    const shares = segmentShares(row);
    this.segments.forEach((segment, i) => {
      segment.style.width = `${100 * shares[i]}%`;
    });
    const percent = Math.floor(100 * (row.progress ?? 0));
    setAttribute(this.track, "aria-valuenow", String(percent));
    setAttribute(this.track, "aria-label", `${row.name}: share done`);
    const pace = runs && row.status !== "queued" ? paceText(row.progress, row.rate, row.remaining) : "";
    setText(this.pace, pace || row.error);
    this.pace.hidden = this.pace.textContent === "" || (!pace && !this.more.hidden);
  }

  private showValue(): void {
    const series = mostTelling(this.row.values);
    this.value.hidden = !series || series.last === null;
    if (!series || series.last === null) return;
    this.spark.show(series.n > 1 ? series.points : []);
    setText(this.of, series.name);
    setText(this.last, numberText(series.last, 4));
    setAttribute(this.value, "title", `${series.name}, last value`);
  }

  private showCells(cells: Cells | null): void {
    if (!cells) return;
    if (!this.table) {
      this.table = new SweepTable(this.wishes);
      this.more.append(this.table.el);
    }
    this.table.show(cells, this.row.name);
  }
}

/** How much of the track each segment takes: of a sweep by cells, else the share done. */
export function segmentShares({ cells, progress, status }: Row): number[] {
  if (!cells) {
    const state = isUnfinished(status) ? "running" : status;
    return SEGMENTS.map((one) => (one === state ? (progress ?? 0) : 0));
  }
  const n = total(cells) || 1;
  const ended = SEGMENTS.slice(0, 3).map((state) => (cells[state] ?? 0) / n);
  const done = ended.reduce((a, b) => a + b, 0);
  return [...ended, Math.max(0, Math.min(1, progress ?? 0) - done)];
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** What a button does to a sweep: to how many of its cells. */
function reachOf({ cells }: Row, action: Action): string {
  const states = { cancel: ["queued", "running"], resume: ["failed", "cancelled"], open: [] }[action];
  const n = states.reduce((sum, state) => sum + (cells?.[state] ?? 0), 0);
  return n ? ` ${numberText(n)}` : "";
}

// The list of jobs: what it shows comes from Python, what is asked goes there.

import { element, setText } from "../dom";
import { save, watch, type Dispose, type Model } from "../host";
import { stepTo } from "../rove";
import { cssVariables, paletteOf, type Theme } from "../style";
import { resolve, watchHost } from "../theme";
import { Asks } from "./asks";
import { patched, type Cells, type Changes } from "./cells";
import { JobRow, type RowWishes } from "./row";
import { endingsOf, rowsOf, type Row } from "./rows";
import { textButton } from "./question";
import { countsText } from "./words";

const MOST = 50;
const TICK_MS = 1000;
const PATIENCE_MS = 3000;

export class JobList {
  private readonly root = element("div", "wb-view wb-jobs", { "data-kind": "jobs" });
  private readonly title = element("h2", "wb-jobs-title");
  private readonly counts = element("span", "wb-count");
  private readonly note = element("div", "wb-error wb-jobs-note", { role: "alert", hidden: "" });
  private readonly list = element("div", "wb-jobs-list", { role: "list", "aria-label": "Jobs" });
  private readonly more = textButton("Show more");
  private readonly empty = element("div", "wb-ask-empty wb-jobs-empty", { hidden: "" });
  private readonly hint = element("div", "wb-jobs-hint");
  private readonly live = element("div", "wb-live", { "aria-live": "polite" });
  private readonly asks: Asks;
  private readonly wishes: RowWishes;
  private readonly rowOf = new Map<string, JobRow>();
  private readonly disposers: Dispose[] = [];
  private rows: Row[] = [];
  private most = MOST;
  private patience = 0;

  constructor(
    private readonly model: Model,
    el: HTMLElement,
  ) {
    this.asks = new Asks(model);
    this.wishes = {
      send: (action, ids) => this.send(action, ids),
      waiting: (id) => this.asks.waiting(id),
      toggle: (id) => this.toggle(id),
    };
    const head = element("header", "wb-jobs-head", {}, this.title, this.counts);
    this.empty.append(element("div", "wb-jobs-none", {}, "No jobs yet."), this.hint);
    this.root.append(head, this.note, this.list, this.more, this.empty, this.live);
    this.more.addEventListener("click", () => {
      this.most += MOST;
      this.show(false);
    });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.show(true);
    this.showNote();
  }

  dispose(): void {
    for (const dispose of this.disposers) dispose();
    this.root.remove();
  }

  private connect(): void {
    const on = (names: string[], read: () => void): void => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["rows"], () => this.show(true));
    on(["opened", "tables", "changes", "title", "hint", "asked"], () => this.show(false));
    on(["told"], () => {
      this.show(false);
      this.showNote();
    });
    on(["theme"], () => this.readTheme());
    this.disposers.push(watchHost(() => this.readTheme()));
    const observer = new ResizeObserver(() => this.readTheme()); // once put on the page
    observer.observe(this.root);
    const timer = window.setInterval(() => this.tick(), TICK_MS);
    this.disposers.push(() => {
      observer.disconnect();
      window.clearInterval(timer);
      window.clearTimeout(this.patience);
    });
  }

  private readTheme(): void {
    const theme: Theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    for (const [name, value] of Object.entries(cssVariables(paletteOf(theme)))) {
      this.root.style.setProperty(name, value);
    }
    this.root.style.colorScheme = theme;
  }

  // What is shown

  private show(isNew: boolean): void {
    const rows = isNew ? rowsOf(this.model.get("rows")) : this.rows;
    if (isNew) this.announce(rows);
    this.rows = rows;
    this.showHead();
    const shown = rows.slice(0, this.most);
    const opened = this.opened;
    const items = shown.map((row) => {
      const item = this.itemFor(row);
      const isOpen = opened.includes(row.id);
      item.show(row, isOpen, isOpen ? this.cellsOf(row.id) : null, isNew);
      return item;
    });
    this.place(items);
    this.more.hidden = rows.length <= this.most;
    for (const id of [...this.rowOf.keys()]) if (!rows.some((row) => row.id === id)) this.rowOf.delete(id);
  }

  private showHead(): void {
    const counts: Record<string, number> = {};
    for (const { status } of this.rows) counts[status] = (counts[status] ?? 0) + 1;
    setText(this.title, String(this.model.get("title") || "Jobs"));
    setText(this.counts, countsText(counts));
    setText(this.hint, String(this.model.get("hint") ?? ""));
    this.empty.hidden = this.rows.length > 0;
    this.list.hidden = this.rows.length === 0;
  }

  private itemFor(row: Row): JobRow {
    let item = this.rowOf.get(row.id);
    if (!item) {
      item = new JobRow(row, this.wishes);
      this.rowOf.set(row.id, item);
    }
    return item;
  }

  /** Only moves what is not in place: the keyboard and open menus stay where they are. */
  private place(items: JobRow[]): void {
    items.forEach((item, i) => {
      const there = this.list.children[i];
      if (there !== item.el) this.list.insertBefore(item.el, there ?? null);
    });
    while (this.list.children.length > items.length) this.list.lastElementChild?.remove();
  }

  private cellsOf(id: string): Cells | null {
    const whole = ((this.model.get("tables") ?? {}) as Record<string, Cells>)[id];
    const changes = ((this.model.get("changes") ?? {}) as Record<string, Changes>)[id];
    return whole ? patched(whole, changes) : null;
  }

  private showNote(): void {
    const { error = "", remedy = "" } = (this.model.get("told") ?? {}) as { error?: string; remedy?: string };
    this.say([error, remedy].filter(Boolean).join(" "));
    window.clearTimeout(this.patience);
  }

  private say(text: string): void {
    setText(this.note, text);
    this.note.hidden = !text;
  }

  private announce(rows: Row[]): void {
    const ended = endingsOf(this.rows, rows);
    if (ended.length) this.live.textContent = ended.join(", ");
  }

  private tick(): void {
    for (const item of this.rowOf.values()) item.tick();
  }

  // What is asked

  private get opened(): string[] {
    return (this.model.get("opened") ?? []) as string[];
  }

  private toggle(id: string): void {
    const { opened } = this;
    const others = opened.filter((one) => one !== id);
    save(this.model, "opened", others.length < opened.length ? others : [...opened, id]);
    this.show(false);
  }

  private send(action: string, ids: string[]): void {
    this.asks.send(action, ids);
    this.show(false);
    window.clearTimeout(this.patience);
    this.patience = window.setTimeout(() => {
      if (this.asks.anyWaiting) this.say("Not answered yet: Python is busy, or has ended.");
    }, PATIENCE_MS);
  }

  private onKey(event: KeyboardEvent): void {
    const items = this.rows.slice(0, this.most).map((row) => this.itemFor(row));
    const place = items.findIndex((item) => item.opener === event.target);
    if (place < 0) return;
    const isOpen = items[place].opener.getAttribute("aria-expanded") === "true";
    const towards = event.key === "ArrowRight" ? !isOpen : event.key === "ArrowLeft" ? isOpen : null;
    if (towards !== null) {
      if (towards) this.toggle(this.rows[place].id);
    } else if (event.key === "Delete") {
      items[place].ask();
    } else {
      const to = stepTo(event.key, place, items.length);
      if (to < 0) return;
      items[to].opener.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

// The evidence panel: everything that is known goes to Python, everything shown comes from there.

import { element } from "../dom";
import { bytesOf, emit, save, watch, type Dispose, type Model } from "../host";
import { cssVariables, paletteOf, type Palette, type Theme } from "../style";
import { resolve, watchHost } from "../theme";
import { decodeAnswer, type Answer, type Variable } from "./answer";
import { Badges, type Badge } from "./badges";
import { BarsCard } from "./bars";
import type { Card, CardWishes } from "./card";
import { CurveCard } from "./curve";
import { withKnown, type Findings, type Known } from "./findings";
import { Header, type State } from "./header";
import { MOST_IN_ORDER, shown } from "./order";
import { Outbox } from "./outbox";
import { PixelMap } from "./pixels";
import { Results, type Completion, type Look, type Samples } from "./results";

const MORE = 24;
const WITH_PICTURE = 12;
const MOST_FOCUSED = 6;

export class EvidencePanel {
  private readonly root = element("div", "wb-view wb-ask", { "data-kind": "evidence" });
  private readonly header: Header;
  private readonly badges: Badges;
  private readonly pixels: PixelMap;
  private readonly results: Results;
  private readonly cards = element("div", "wb-cards");
  private readonly tools = element("div", "wb-card-tools");
  private readonly search = element("input", "wb-filter", { type: "search", placeholder: "Find a variable", "aria-label": "Find a variable" });
  private readonly more = element("button", "wb-text-button", { type: "button" }, "Show more");
  private readonly count = element("span", "wb-count");
  private readonly empty = element("div", "wb-ask-empty", {}, "No circuit is shown yet.");
  private readonly body = element("div", "wb-ask-body");
  private readonly outbox: Outbox;
  private readonly cardOf = new Map<number, Card>();
  private readonly disposers: Dispose[] = [];
  private answer: Answer | null = null;
  private palette: Palette = paletteOf("light");
  private most = 0;
  private order: number[] = []; // columns whose cards keep their places; all anew when empty

  constructor(
    private readonly model: Model,
    el: HTMLElement,
  ) {
    this.outbox = new Outbox(model);
    const wishes: CardWishes = {
      know: (column, known) => {
        this.order = [];
        this.know(column, known);
      },
    };
    this.header = new Header({
      release: (column) => this.know(column, undefined),
      clear: () => {
        this.order = [];
        this.send({});
      },
    });
    this.badges = new Badges((badge) => this.point(badge));
    this.pixels = new PixelMap({ ...wishes, look: (column) => this.look(column) });
    this.results = new Results({
      complete: (seconds) => emit(model, "complete", { seconds }),
      stop: () => emit(model, "stop"),
      sample: (n, seed) => emit(model, "sample", { n, seed }),
    });
    this.assemble();
    el.append(this.root);
    this.connect();
    this.readTheme();
    this.readAll();
  }

  dispose(): void {
    for (const dispose of this.disposers) dispose();
    this.outbox.dispose();
    this.pixels.dispose();
    this.root.remove();
  }

  private assemble(): void {
    const side = element("div", "wb-ask-side", {}, this.pixels.el, this.results.el);
    this.tools.append(this.search, this.count);
    const main = element("div", "wb-ask-main", {}, this.tools, this.cards, this.more);
    this.body.append(side, main);
    this.root.append(this.header.el, this.badges.el, this.empty, this.body);
    this.search.addEventListener("input", () => {
      this.order = [];
      this.showCards();
    });
    this.more.addEventListener("click", () => {
      this.order = [];
      this.most += MORE;
      this.showCards();
    });
  }

  private connect(): void {
    const on = (names: string[], read: () => void): void => {
      this.disposers.push(watch(this.model, names, read));
    };
    on(["scene", "buffers", "state"], this.soon(() => this.readAnswer()));
    on(["findings", "focus"], this.soon(() => this.showFindings()));
    on(["badges"], () => this.readBadges());
    on(["completion", "samples"], this.soon(() => this.showResults()));
    on(["theme"], () => this.readTheme());
    on(["title"], () => this.readTitle());
    this.disposers.push(watchHost(() => this.readTheme()));
    const observer = new ResizeObserver(() => this.readTheme()); // once put on the page
    observer.observe(this.root);
    this.disposers.push(() => observer.disconnect());
  }

  /** Once for fields that change together: hosts report them one by one. */
  private soon(read: () => void): () => void {
    let waits = false;
    return () => {
      if (waits) return;
      waits = true;
      queueMicrotask(() => {
        waits = false;
        read();
      });
    };
  }

  private readAll(): void {
    this.readTitle();
    this.readBadges();
    this.readAnswer();
  }

  // What comes from Python

  private readAnswer(): void {
    const state = (this.model.get("state") ?? {}) as State;
    const answer = decodeAnswer(this.model.get("scene"), bytesOf(this.model.get("buffers")));
    if (answer && answer.revision !== this.answer?.revision) {
      if (!this.answer || this.answer.variables.length !== answer.variables.length) this.order = [];
      if (!this.answer) this.most = answer.pixels ? WITH_PICTURE : MOST_IN_ORDER;
      this.answer = answer;
      this.showResults();
    }
    const has = this.answer !== null;
    this.empty.hidden = has;
    this.body.hidden = this.header.el.hidden = !has;
    this.root.classList.toggle("wb-stale-answer", state.error !== undefined);
    this.header.showState(state);
    this.showFindings();
    if (state.seq !== undefined && (answer || state.error)) this.measure(state.seq);
  }

  /** From a click to its answer drawn, in ms, where a reader or a test may look it up. */
  private measure(seq: number): void {
    const begun = performance.now();
    const took = this.outbox.answered(seq);
    if (took === null) return;
    requestAnimationFrame(() => {
      const drawn = took + performance.now() - begun;
      this.root.dataset["answered"] = String(seq);
      this.root.dataset["answerMs"] = drawn.toFixed(1);
    });
  }

  private readBadges(): void {
    this.badges.show((this.model.get("badges") ?? []) as Badge[]);
  }

  private readTitle(): void {
    this.header.showTitle(String(this.model.get("title") ?? ""));
  }

  private readTheme(): void {
    const theme: Theme = resolve(this.model.get("theme"), this.root);
    if (theme === this.root.dataset["theme"]) return;
    this.root.dataset["theme"] = theme;
    this.palette = paletteOf(theme);
    for (const [name, value] of Object.entries(cssVariables(this.palette))) {
      this.root.style.setProperty(name, value);
    }
    this.root.style.setProperty("--wb-after", this.palette.hues[0].colour);
    this.root.style.colorScheme = theme;
    this.showFindings();
    this.showResults();
  }

  // What goes to Python

  private know(column: number, known: Known | undefined): void {
    this.send(withKnown(this.outbox.findings, column, known));
  }

  private send(findings: Findings): void {
    this.outbox.send(findings);
    this.showFindings(); // at once, before the answer is there
  }

  private look(column: number): void {
    this.order = [];
    const others = this.focus.filter((other) => other !== column);
    save(this.model, "focus", [column, ...others].slice(0, MOST_FOCUSED));
  }

  private point({ name, nodes }: Badge): void {
    emit(this.model, "witness", { name, nodes });
  }

  // Drawing

  private get focus(): number[] {
    return (this.model.get("focus") ?? []) as number[];
  }

  private showFindings(): void {
    const { answer } = this;
    if (!answer) return;
    const { findings } = this.outbox;
    this.header.showFindings(findings, answer);
    this.pixels.el.hidden = answer.pixels === null;
    this.root.classList.toggle("wb-with-pixels", answer.pixels !== null);
    if (answer.pixels) this.pixels.show(answer.pixels, this.pixelLabels(), findings, this.palette);
    this.showCards();
  }

  private pixelLabels(): string[] {
    return this.answer?.variables[0]?.bars?.labels ?? [];
  }

  private showCards(): void {
    const { answer } = this;
    if (!answer) return;
    const { findings } = this.outbox;
    const wanted = {
      focus: this.focus,
      known: new Set(Object.keys(findings).map(Number)),
      hidesKnown: answer.pixels !== null,
      query: this.search.value,
      most: this.most,
    };
    const found = this.inPlace(answer) ?? shown(answer.variables, wanted);
    const all = answer.variables.length;
    this.tools.hidden = all <= MOST_IN_ORDER;
    this.count.textContent = found.length
      ? `${found.length} of ${all}: looked at, ${answer.pixels ? "" : "known, "}then most changed`
      : `0 of ${all} variables match \u201c${this.search.value}\u201d`;
    this.more.hidden = found.length < this.most || all <= MOST_IN_ORDER;
    const cards = found.map((variable) => this.cardFor(variable, findings));
    const before = [...this.cards.children];
    const same = before.length === cards.length && cards.every((card, i) => card.el === before[i]);
    if (!same) this.cards.replaceChildren(...cards.map(({ el }) => el));
  }

  /** The cards as they stand while their own bars are clicked: nothing moves under the pointer. */
  private inPlace({ byColumn }: Answer): Variable[] | null {
    const kept = this.order.map((column) => byColumn.get(column));
    return kept.length && kept.every((variable) => variable !== undefined) ? kept : null;
  }

  private cardFor(variable: Variable, findings: Findings): Card {
    const { column } = variable;
    let card = this.cardOf.get(column);
    if (!card) {
      const kind = variable.bars ? BarsCard : CurveCard;
      card = new kind(column, {
        know: (at, known) => {
          this.order = this.columnsShown();
          this.know(at, known);
        },
      });
      this.cardOf.set(column, card);
    }
    card.update(variable, findings[String(column)]);
    return card;
  }

  private columnsShown(): number[] {
    return [...this.cards.children].map((el) => Number((el as HTMLElement).dataset["column"]));
  }

  private showResults(): void {
    const { pixels } = this.answer ?? {};
    const look: Look = {
      shape: pixels ? [pixels.height, pixels.width] : null,
      top: this.pixelLabels().length - 1,
      palette: this.palette,
    };
    this.results.showCompletion((this.model.get("completion") ?? {}) as Completion, look);
    this.results.showSamples((this.model.get("samples") ?? {}) as Samples, look);
  }
}

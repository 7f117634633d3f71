// What takes a button: the most probable completion, exact or between bounds, and samples.

import { element } from "../dom";
import { numberText } from "../numbers";
import type { Palette } from "../style";
import { image } from "./picture";

export interface Completion {
  state?: "running" | "stopped" | "exact" | "bounded";
  low?: number | null;
  high?: number | null;
  is_density?: boolean;
  reason?: string;
  names?: string[];
  words?: string[];
  row?: (number | null)[];
}

export interface Samples {
  n?: number;
  seed?: number;
  names?: string[];
  rows?: (number | string | null)[][];
  stale?: boolean;
}

/** How rows become pictures: their shape, and the largest code of a pixel. */
export interface Look {
  shape: [height: number, width: number] | null;
  top: number;
  palette: Palette;
}

const SECONDS = [2, 5, 20, 60, 300];
const SAMPLES = 8;

export interface ResultWishes {
  complete(seconds: number): void;
  stop(): void;
  sample(n: number, seed: number): void;
}

export class Results {
  readonly el = element("div", "wb-results");
  private readonly best = element("div", "wb-result-body");
  private readonly drawn = element("div", "wb-result-body");
  private readonly seconds = select("Time cap", SECONDS.map((s) => [String(s), `${s} s`]), "5");
  private readonly go = button("Complete");
  private readonly halt = button("Stop");
  private readonly draw = button(`Draw ${SAMPLES}`);
  private readonly seed = element("input", "wb-seed", { type: "number", min: 0, value: 0, step: 1 });

  constructor(wishes: ResultWishes) {
    this.halt.hidden = true;
    this.go.addEventListener("click", () => wishes.complete(Number(this.seconds.value)));
    this.halt.addEventListener("click", () => wishes.stop());
    this.draw.addEventListener("click", () => wishes.sample(SAMPLES, Number(this.seed.value) || 0));
    const cap = element("label", "wb-field", {}, "at most", this.seconds);
    const seed = element("label", "wb-field", {}, "seed", this.seed);
    this.el.append(
      part("Most probable completion", [this.go, this.halt, cap], this.best),
      part("Samples given the evidence", [this.draw, seed], this.drawn),
    );
  }

  showCompletion(found: Completion, look: Look): void {
    const running = found.state === "running";
    this.halt.hidden = !running;
    this.go.hidden = running;
    if (!found.state) {
      this.best.replaceChildren();
      return;
    }
    const label = element("span", "wb-result-label", { "data-state": found.state }, LABELS[found.state]);
    const line = element("div", "wb-result-line", { "aria-live": "polite" }, label, boundsText(found));
    const picture = found.row && look.shape ? [pictureOf(found.row, look, "completion")] : [];
    const words = found.words && !look.shape ? [pairs(found.names ?? [], found.words)] : [];
    this.best.replaceChildren(line, ...picture, ...words);
  }

  showSamples(found: Samples, look: Look): void {
    const rows = found.rows ?? [];
    this.drawn.classList.toggle("wb-stale", found.stale === true);
    if (look.shape) {
      const numbers = rows as (number | null)[][];
      this.drawn.replaceChildren(
        element("div", "wb-images", {}, ...numbers.map((row, i) => pictureOf(row, look, `sample ${i + 1}`))),
      );
      return;
    }
    this.drawn.replaceChildren(...(rows.length ? [table(found.names ?? [], rows as string[][])] : []));
  }
}

const LABELS = { running: "searching", stopped: "stopped", exact: "\u2713 exact", bounded: "bounds" };

/** What is known of the value of the best completion; never a bare number that is not exact. */
export function boundsText({ state, low, high, reason, is_density }: Completion): string {
  const what = is_density ? "log-density" : "log-probability";
  const [lowest, highest] = [low, high].map((end) => (end == null ? null : numberText(end, 4)));
  const why = reason ? `; ${reason}` : "";
  if (state === "exact") return `${what} ${lowest} nats${why}`;
  if (lowest === null && highest === null) return "no bounds yet";
  if (lowest === null) return `${what} at most ${highest} nats${why}`;
  if (highest === null) return `${what} at least ${lowest} nats${why}`;
  return `${what} of the best in [${lowest}, ${highest}] nats${why}`;
}

function pictureOf(row: (number | null)[], { shape, top, palette }: Look, name: string): HTMLElement {
  const [height, width] = shape ?? [1, row.length];
  const shares = row.map((code) => (code === null ? null : code / Math.max(1, top)));
  return image(shares, height, width, palette, name);
}

/** Name and value of each variable, as many in a line as fit. */
function pairs(names: string[], words: string[]): HTMLElement {
  const items = names.map((name, i) => {
    const text = `${name} = ${words[i]}`;
    return element("span", "wb-pair", { title: text }, `${name} = `, element("b", "", {}, words[i]));
  });
  return element("div", "wb-pairs", {}, ...items);
}

function table(names: string[], rows: string[][]): HTMLElement {
  const head = element("tr", "", {}, ...names.map((name) => element("th", "", { scope: "col", title: name }, name)));
  const lines = rows.map((row) => element("tr", "", {}, ...row.map((word) => element("td", "", { title: word }, word))));
  const made = element("table", "", {}, element("thead", "", {}, head), element("tbody", "", {}, ...lines));
  return element("div", "wb-scroll", { tabindex: 0 }, made);
}

function part(title: string, controls: HTMLElement[], body: HTMLElement): HTMLElement {
  const head = element("div", "wb-result-head", {}, element("h3", "", {}, title), ...controls);
  return element("section", "wb-result", { "aria-label": title }, head, body);
}

function button(text: string): HTMLButtonElement {
  return element("button", "wb-text-button", { type: "button" }, text);
}

function select(name: string, options: string[][], chosen: string): HTMLSelectElement {
  const made = element("select", "wb-select", { "aria-label": name });
  for (const [value, text] of options) made.append(element("option", "", { value }, text));
  made.value = chosen;
  return made;
}

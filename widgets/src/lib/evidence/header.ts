// How probable the evidence is, what it consists of, and what was wrong with it.

import { element } from "../dom";
import { numberText } from "../numbers";
import type { Answer } from "./answer";
import { wordsOf, type Findings } from "./findings";

export interface State {
  seq?: number;
  log_probability?: number;
  is_density?: boolean;
  n_known?: number;
  n_variables?: number;
  error?: { what: string; remedy: string };
}

export interface HeaderWishes {
  release(column: number): void;
  clear(): void;
}

const MOST_CHIPS = 16;

export class Header {
  readonly el = element("div", "wb-ask-head");
  private readonly title = element("div", "wb-ask-title");
  private readonly number = element("span", "wb-ask-number");
  private readonly words = element("span", "wb-ask-words");
  private readonly chips = element("div", "wb-chips", { role: "list", "aria-label": "Evidence" });
  private readonly clear = element("button", "wb-text-button wb-clear", { type: "button" }, "Clear all");
  private readonly error = element("div", "wb-error", { role: "alert", hidden: "" });

  private told = "";
  private readonly hint = element("span", "wb-key-hint");

  constructor(private readonly wishes: HeaderWishes) {
    const value = element("div", "wb-ask-value", { "aria-live": "polite" }, this.number, this.words);
    const line = element("div", "wb-ask-line", {}, value, this.clear);
    this.el.append(this.title, line, this.chips, this.error, key(this.hint));
    this.clear.addEventListener("click", () => this.wishes.clear());
  }

  showTitle(text: string): void {
    this.title.textContent = text;
    this.title.hidden = !text;
  }

  showState(state: State): void {
    const { error } = state;
    this.error.hidden = error === undefined;
    const kept = "The picture below still shows the last evidence that could be answered.";
    const texts = error ? [sentence(error.what), error.remedy, kept].filter(Boolean) : [];
    this.error.replaceChildren(...texts.map((text) => element("div", "", {}, text)));
    if (error) {
      [this.number.textContent, this.words.textContent] = ["No answer", ""];
      return;
    }
    const { log_probability: log, n_known: known = 0, n_variables: all = 0 } = state;
    if (log === undefined) return;
    this.number.textContent = known ? `${numberText(log)} nats` : "No evidence";
    this.words.textContent = known ? told(state, log) : `${numberText(all)} variables as the circuit has them`;
  }

  showFindings(findings: Findings, answer: Answer | null): void {
    const told = JSON.stringify([findings, answer?.variables.length]);
    if (told === this.told) return;
    this.told = told;
    const columns = Object.keys(findings).map(Number);
    const chips = columns.slice(0, MOST_CHIPS).map((column) => this.chip(column, findings, answer));
    const more = columns.length - MOST_CHIPS;
    const rest = more > 0 ? [element("span", "wb-more", {}, `+${more} more`)] : [];
    const nothing = element("span", "wb-more", {}, "Click a bar to clamp a value, once more to release it.");
    this.chips.replaceChildren(...(columns.length ? [...chips, ...rest] : [nothing]));
    this.clear.disabled = columns.length === 0;
    const has = (kind: "bars" | "curve"): boolean =>
      answer?.variables.some((variable) => variable[kind] !== null) ?? false;
    const hints = [has("bars") ? "Shift-click adds a value" : "", has("curve") ? "drag for an interval" : ""];
    this.hint.textContent = hints.filter(Boolean).join("; ");
  }

  private chip(column: number, findings: Findings, answer: Answer | null): HTMLElement {
    const variable = answer?.byColumn.get(column);
    const label = (code: number): string =>
      variable?.bars?.labels[code] ?? numberText(code, 6);
    const name = variable?.name ?? `variable ${column}`;
    const text = `${name} = ${wordsOf(findings[String(column)], label)}`;
    const chip = element("button", "wb-chip", { type: "button", title: text, "aria-label": `Release ${text}` }, element("span", "", {}, text), "\u00d7");
    chip.addEventListener("click", () => this.wishes.release(column));
    return element("span", "wb-chip-item", { role: "listitem" }, chip);
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function told({ is_density: density, n_known: known = 0, n_variables: all = 0 }: State, log: number): string {
  const what = density ? "log-density of the evidence" : `log-probability of the evidence: ${numberText(Math.exp(log))}`;
  return `${what}; ${known} of ${numberText(all)} variables known`;
}

function key(hint: HTMLElement): HTMLElement {
  const entries = [
    ["wb-key-before", "before"],
    ["wb-key-after", "given the evidence"],
    ["wb-key-known", "known"],
  ];
  const items = entries.map(([name, text]) =>
    element("span", "wb-key-item", {}, element("i", name, { "aria-hidden": "true" }), text),
  );
  return element("div", "wb-key", {}, ...items, hint);
}

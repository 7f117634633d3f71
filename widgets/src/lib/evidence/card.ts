// What all cards have: the name of a variable, what is known of it, a button that takes it back.

import { element, setAttribute, setText } from "../dom";
import { numberText } from "../numbers";
import type { Variable } from "./answer";
import type { Known } from "./findings";

export interface CardWishes {
  know(column: number, known: Known | undefined): void;
}

export abstract class Card {
  readonly el: HTMLElement;
  protected readonly body = element("div", "wb-card-body");
  private readonly name = element("span", "wb-card-name");
  private readonly change = element("span", "wb-card-change", {
    title: "total variation between before and after, from 0 to 1",
  });
  private readonly release = element("button", "wb-release", { type: "button" }, "\u00d7");

  constructor(
    protected readonly column: number,
    protected readonly wishes: CardWishes,
  ) {
    const head = element("div", "wb-card-head", {}, this.name, this.change, this.release);
    this.el = element("div", "wb-card", { role: "group" }, head, this.body);
    this.el.dataset["column"] = String(column);
    this.release.addEventListener("click", () => this.know(undefined));
    this.el.addEventListener("keydown", (event) => this.key(event));
  }

  update(variable: Variable, known: Known | undefined): void {
    setText(this.name, variable.name);
    setAttribute(this.name, "title", variable.name);
    setAttribute(this.el, "aria-label", variable.name);
    this.el.classList.toggle("wb-known", known !== undefined);
    this.release.hidden = known === undefined;
    setAttribute(this.release, "aria-label", `Release ${variable.name}`);
    this.change.hidden = known !== undefined || !(variable.change > 0.0005);
    setText(this.change, `changed by ${numberText(variable.change, 2)}`);
    this.show(variable, known);
  }

  protected abstract show(variable: Variable, known: Known | undefined): void;

  protected know(known: Known | undefined): void {
    this.wishes.know(this.column, known);
  }

  private key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement;
    if (typing || !["Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    this.know(undefined);
  }
}

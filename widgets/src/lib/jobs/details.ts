// What an opened job tells: why it failed and what to do, its values, where its result is from.

import { element, setText } from "../dom";
import { numberText } from "../numbers";
import type { Row, Series } from "./rows";
import { Sparkline } from "./sparkline";

export class Details {
  readonly el = element("div", "wb-job-details");
  private readonly failure = element("div", "wb-error wb-job-failure", { hidden: "" });
  private readonly what = element("div", "wb-job-error");
  private readonly remedy = element("div");
  private readonly stack = element("details", "", {}, element("summary", "", {}, "Details for developers"));
  private readonly trace = element("pre", "wb-job-stack");
  private readonly values = element("div", "wb-job-values");
  private readonly facts = element("dl", "wb-rows wb-job-facts");
  private readonly series = new Map<string, { line: Sparkline; text: HTMLElement; el: HTMLElement }>();
  private told = "";

  constructor() {
    this.stack.append(this.trace);
    this.failure.append(this.what, this.remedy, this.stack);
    this.el.append(this.failure, this.values, this.facts);
  }

  show(row: Row): void {
    this.failure.hidden = !row.error;
    setText(this.what, row.error);
    setText(this.remedy, row.remedy);
    this.stack.hidden = !row.details;
    setText(this.trace, row.details);
    this.showValues(row.values);
    this.showFacts(row);
  }

  private showValues(values: Series[]): void {
    const wanted = values.map((one) => this.seriesFor(one));
    if (wanted.length !== this.values.childElementCount) this.values.replaceChildren(...wanted);
    this.values.hidden = wanted.length === 0;
  }

  private seriesFor({ name, last, n, points }: Series): HTMLElement {
    let found = this.series.get(name);
    if (!found) {
      const [line, text] = [new Sparkline(), element("span", "wb-number")];
      const label = element("span", "wb-job-series-name", { title: name }, name);
      found = { line, text, el: element("div", "wb-job-series", {}, label, line.el, text) };
      this.series.set(name, found);
    }
    found.line.show(n > 1 ? points : []);
    setText(found.text, last === null ? "missing" : numberText(last, 6));
    return found.el;
  }

  private showFacts(row: Row): void {
    const facts: [string, string][] = [...row.facts];
    if (row.created !== null) facts.push(["submitted", new Date(1000 * row.created).toLocaleString()]);
    const told = JSON.stringify(facts);
    if (told === this.told) return;
    this.told = told;
    this.facts.replaceChildren(
      ...facts.flatMap(([label, text]) => [
        element("dt", "", {}, label),
        element("dd", "", { title: text }, text),
      ]),
    );
  }
}

// The search field with its count; Enter jumps to the next hit.

import { element, iconButton } from "./dom";
import { numberText } from "./numbers";

export class SearchBox {
  readonly el = element("div", "wb-search", { hidden: "", role: "search" });
  private readonly input = element("input", "", {
    type: "text",
    "aria-label": "Search nodes",
    placeholder: "word, kind:sum, scope:x3, flow>0.01",
    spellcheck: "false",
  });
  private readonly count = element("span", "wb-count", { role: "status" });
  private readonly clear = element("button", "wb-text-button", { type: "button" }, "Clear filter");

  constructor(
    private readonly changed: (query: string) => void,
    private readonly next: (by: number) => void,
    private readonly closed: () => void,
  ) {
    this.el.append(this.input, this.count, this.clear, iconButton("close", "Close search", closed));
    this.clear.hidden = true;
    this.clear.addEventListener("click", () => this.changed(""));
    this.input.addEventListener("input", () => this.changed(this.input.value));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  get open(): boolean {
    return !this.el.hidden;
  }

  focus(): void {
    this.el.hidden = false;
    this.input.focus();
    this.input.select();
  }

  hide(): void {
    this.el.hidden = true;
  }

  show(query: string, hits: number, place: number, total: number): void {
    if (this.input.value !== query) this.input.value = query;
    const found = `${numberText(hits)} of ${numberText(total)}`;
    this.count.textContent = query ? (hits && place ? `${place} / ${found}` : found) : "";
    this.clear.hidden = !query || hits > 0;
    if (query) this.el.hidden = false;
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") this.closed();
  }
}

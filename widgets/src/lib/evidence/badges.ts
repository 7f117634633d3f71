// The properties of the circuit: each holds, fails with a witness, or could not be told.

import { element } from "../dom";

export interface Badge {
  name: string;
  state: "yes" | "no" | "undecided";
  sentence: string;
  nodes: number[];
}

const MARKS = { yes: "\u2713", no: "\u2717", undecided: "?" };
const WORDS = { yes: "holds", no: "fails", undecided: "could not be told" };

export class Badges {
  readonly el = element("div", "wb-badges", { role: "group", "aria-label": "Properties of the circuit" });
  private readonly why = element("div", "wb-why", { "aria-live": "polite", hidden: "" });
  private open = "";

  constructor(private readonly point: (badge: Badge) => void) {}

  show(badges: Badge[]): void {
    if (!badges.some(({ name }) => name === this.open)) this.open = "";
    this.el.replaceChildren(...badges.map((badge) => this.made(badge)), this.why);
    this.explain(badges.find(({ name }) => name === this.open));
  }

  private made(badge: Badge): HTMLElement {
    const { name, state } = badge;
    const mark = element("span", "wb-badge-mark", { "aria-hidden": "true" }, MARKS[state]);
    const text = element("span", "", {}, name);
    const label = `${name}: ${WORDS[state]}`;
    if (state === "yes") {
      return element("span", "wb-badge", { "data-state": state, role: "img", "aria-label": label }, mark, text);
    }
    const button = element("button", "wb-badge", {
      "data-state": state,
      type: "button",
      "aria-label": `${label}; show the units`,
      "aria-expanded": this.open === name,
    }, mark, text);
    button.addEventListener("click", () => this.toggle(badge));
    return button;
  }

  private toggle(badge: Badge): void {
    this.open = this.open === badge.name ? "" : badge.name;
    const isOpen = this.open === badge.name;
    for (const button of this.el.querySelectorAll("button.wb-badge")) {
      const mine = button.textContent?.endsWith(badge.name) ?? false;
      button.setAttribute("aria-expanded", String(isOpen && mine));
    }
    this.explain(isOpen ? badge : undefined);
    if (isOpen) this.point(badge);
  }

  private explain(badge: Badge | undefined): void {
    this.why.hidden = badge === undefined;
    this.why.textContent = badge ? `Not known to be ${badge.name}: ${badge.sentence}.` : "";
  }
}

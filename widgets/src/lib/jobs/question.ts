// A question in place, for what a key asks: nothing is done before it is answered.

import { element } from "../dom";

/** Puts the question at the end of `place`; afterwards the keyboard goes back to where it was. */
export function ask(place: HTMLElement, text: string, yes: string, action: () => void): void {
  place.querySelector(":scope > .wb-job-question")?.remove();
  const root = place.getRootNode() as Document | ShadowRoot;
  const before = root.activeElement as HTMLElement | null;
  const confirm = textButton(yes);
  const keep = textButton("No");
  const line = element("div", "wb-job-question", { role: "alertdialog", "aria-label": text }, element("span", "", {}, text), confirm, keep);
  const close = (): void => {
    line.remove();
    before?.focus();
  };
  confirm.addEventListener("click", () => {
    close();
    action();
  });
  keep.addEventListener("click", close);
  line.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
  });
  place.append(line);
  confirm.focus();
}

export function textButton(name: string): HTMLButtonElement {
  return element("button", "wb-text-button", { type: "button" }, name);
}

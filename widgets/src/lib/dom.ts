// Elements made by calls, never from text that could be markup.

type Attributes = Record<string, string | number | boolean>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = "",
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

const ICONS: Record<string, string> = {
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3M13.5 13.5L17 17",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M9 4v12",
  full: "M12 3h5v5M17 3l-6 6M8 17H3v-5M3 17l6-6",
  close: "M5 5l10 10M15 5L5 15",
};

/** A button of 32 px with an icon and a name for those who do not see it. */
export function iconButton(icon: string, name: string, action: () => void): HTMLButtonElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  const button = element("button", "wb-button", { type: "button", "aria-label": name, title: name });
  button.append(svg);
  button.addEventListener("click", action);
  return button;
}

/** Writes only what is not there yet: a write costs a new layout even where nothing changes. */
export function setText(el: HTMLElement, text: string): void {
  if (el.textContent !== text) el.textContent = text;
}

export function setAttribute(el: HTMLElement, name: string, value: string): void {
  if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

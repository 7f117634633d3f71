// Light or dark: as told, or like the page around the widget.

import type { Dispose } from "./host";
import { luminance, type Theme } from "./style";

/** The theme that `wanted` ("light", "dark", "auto") means at this place of the page. */
export function resolve(wanted: unknown, el: HTMLElement): Theme {
  if (wanted === "light" || wanted === "dark") return wanted;
  const behind = backgroundBehind(el);
  if (behind) return luminance(behind) < 0.18 ? "dark" : "light";
  return darkPreferred().matches ? "dark" : "light";
}

function darkPreferred(): MediaQueryList {
  return window.matchMedia("(prefers-color-scheme: dark)");
}

function backgroundBehind(el: HTMLElement): string | null {
  let node: Node | null = el.parentNode;
  while (node) {
    if (node instanceof Element) {
      const colour = opaque(getComputedStyle(node).backgroundColor);
      if (colour) return colour;
    }
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
  return null;
}

/** "rgb(r, g, b)" as "#rrggbb", null when it is not fully opaque. */
export function opaque(css: string): string | null {
  const parts = css.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
  if (!parts || (parts[4] !== undefined && Number(parts[4]) < 1)) return null;
  const hex = parts.slice(1, 4).map((part) => Math.round(Number(part)).toString(16));
  return `#${hex.map((part) => part.padStart(2, "0")).join("")}`;
}

/** Calls `callback` when the page may have changed its theme. */
export function watchHost(callback: () => void): Dispose {
  const observer = new MutationObserver(callback);
  const options = { attributes: true };
  for (const node of [document.documentElement, document.body]) observer.observe(node, options);
  const media = darkPreferred();
  media.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", callback);
  };
}

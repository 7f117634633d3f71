// The buttons above the canvas.

import { element, iconButton } from "./dom";

const BUTTONS = [
  ["fit", "fit", "Fit (F)"],
  ["plus", "zoomIn", "Zoom in (+)"],
  ["minus", "zoomOut", "Zoom out (-)"],
  ["search", "search", "Search (/)"],
  ["table", "table", "Table (T)"],
  ["full", "fullScreen", "Full screen"],
] as const;

export type Tools = Record<(typeof BUTTONS)[number][1], () => void>;

export function toolbar(tools: Tools): HTMLElement {
  const bar = element("div", "wb-toolbar", { role: "toolbar", "aria-label": "View" });
  bar.append(...BUTTONS.map(([icon, tool, name]) => iconButton(icon, name, tools[tool])));
  return bar;
}

export function toggleFullScreen(el: HTMLElement): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void el.requestFullscreen();
}

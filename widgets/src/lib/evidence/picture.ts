// Rows whose variables are pixels, drawn as images in the colours of the style table.

import { element } from "../dom";
import { rampColour, type Palette } from "../style";

/** The whole ramp: pixels lie side by side inside an outline, so that the lowest are seen. */
export function pixelColour(palette: Palette, share: number): string {
  return rampColour(palette.ordinal, share);
}

/** An image of shares in 0..1 in reading order; missing ones stay empty. */
export function image(
  shares: readonly (number | null)[],
  height: number,
  width: number,
  palette: Palette,
  name: string,
): HTMLCanvasElement {
  const canvas = element("canvas", "wb-image", { role: "img", "aria-label": name, width, height });
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  shares.forEach((share, i) => {
    if (!context || share === null || Number.isNaN(share)) return;
    context.fillStyle = pixelColour(palette, share);
    context.fillRect(i % width, Math.floor(i / width), 1, 1);
  });
  return canvas;
}

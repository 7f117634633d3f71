// The tooltip and the card of the selected node; text only.

import type { Point, Size } from "./camera";
import type { Description } from "./describe";
import { element } from "./dom";
import { STYLE } from "./style";

const OFFSET = 14;
const MOST_ROWS = 6;

export class Tooltip {
  readonly el = element("div", "wb-tooltip", { role: "tooltip", hidden: "" });

  show(description: Description, at: Point, radius: number, size: Size, hint: string): void {
    this.el.replaceChildren(
      element("div", "wb-tooltip-title", {}, description.title),
      rowsOf(description.rows.slice(0, MOST_ROWS)),
      element("div", "wb-hint", {}, hint),
    );
    this.el.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.el;
    const away = radius + OFFSET;
    const left = at.x + away + width > size.width - 8 ? at.x - away - width : at.x + away;
    const top = Math.min(at.y + away, size.height - height - 8);
    this.el.style.left = `${Math.max(8, left)}px`;
    this.el.style.top = `${Math.max(8, top)}px`;
    this.el.style.maxWidth = `${STYLE.layout.tooltip_width}px`;
  }

  hide(): void {
    this.el.hidden = true;
  }
}

function rowsOf(rows: Description["rows"]): HTMLElement {
  const list = element("dl", "wb-rows");
  for (const [name, value] of rows) {
    list.append(element("dt", "", {}, name), element("dd", "", {}, value));
  }
  return list;
}

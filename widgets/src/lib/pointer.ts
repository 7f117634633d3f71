// Mouse, pen and touch: pan, zoom at the pointer, box, click, hover.

import type { Point } from "./camera";
import type { Dispose } from "./host";

export interface PointerActions {
  pan(dx: number, dy: number): void;
  zoom(at: Point, factor: number): void;
  box(from: Point, to: Point, done: boolean): void;
  click(at: Point, add: boolean): void;
  open(at: Point): void;
  hover(at: Point | null): void;
}

const CLICK_SLACK_PX = 4;
const WHEEL_SPEED = 0.0016;

export function listen(el: HTMLElement, actions: PointerActions): Dispose {
  const gesture = new Gesture(el, actions);
  const handlers: [string, (event: never) => void][] = [
    ["pointerdown", gesture.down],
    ["pointermove", gesture.move],
    ["pointerup", gesture.up],
    ["pointercancel", gesture.cancel],
    ["pointerleave", () => actions.hover(null)],
    ["dblclick", (event: MouseEvent) => actions.open(placeOf(el, event))],
    ["wheel", gesture.wheel],
  ];
  for (const [name, handler] of handlers) {
    el.addEventListener(name, handler as EventListener, { passive: false });
  }
  return () => {
    for (const [name, handler] of handlers) el.removeEventListener(name, handler as EventListener);
  };
}

function placeOf(el: HTMLElement, event: MouseEvent): Point {
  const box = el.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

class Gesture {
  private readonly touches = new Map<number, Point>();
  private start: Point | null = null;
  private last: Point | null = null;
  private boxing = false;
  private moved = false;

  constructor(
    private readonly el: HTMLElement,
    private readonly actions: PointerActions,
  ) {}

  down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at = placeOf(this.el, event);
    this.touches.set(event.pointerId, at);
    this.el.setPointerCapture(event.pointerId);
    this.start = this.last = at;
    this.boxing = event.shiftKey;
    this.moved = this.touches.size > 1;
    this.actions.hover(null);
  };

  move = (event: PointerEvent): void => {
    const at = placeOf(this.el, event);
    if (!this.start || !this.last) {
      this.actions.hover(at);
      return;
    }
    if (this.touches.size === 2) this.pinch(event.pointerId, at);
    else this.drag(at);
    this.touches.set(event.pointerId, at);
  };

  up = (event: PointerEvent): void => {
    const at = placeOf(this.el, event);
    this.touches.delete(event.pointerId);
    if (!this.start) return;
    if (!this.moved) this.actions.click(at, event.shiftKey);
    else if (this.boxing) this.actions.box(this.start, at, true);
    if (this.touches.size === 0) this.start = this.last = null;
  };

  cancel = (event: PointerEvent): void => {
    this.touches.delete(event.pointerId);
    this.start = this.last = null;
  };

  wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const pinch = event.ctrlKey ? 5 : 1;
    const turn = Math.max(-300, Math.min(300, event.deltaY * lines * pinch));
    this.actions.zoom(placeOf(this.el, event), Math.exp(-turn * WHEEL_SPEED));
  };

  private drag(at: Point): void {
    const from = this.start as Point;
    this.moved ||= Math.hypot(at.x - from.x, at.y - from.y) > CLICK_SLACK_PX;
    if (!this.moved) return;
    if (this.boxing) this.actions.box(from, at, false);
    else this.actions.pan(at.x - (this.last as Point).x, at.y - (this.last as Point).y);
    this.last = at;
  }

  private pinch(id: number, at: Point): void {
    const other = Array.from(this.touches).find(([touch]) => touch !== id)?.[1];
    const before = this.touches.get(id);
    if (!other || !before) return;
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const apart = Math.hypot(before.x - other.x, before.y - other.y) || 1;
    this.actions.zoom(middle, Math.hypot(at.x - other.x, at.y - other.y) / apart);
  }
}

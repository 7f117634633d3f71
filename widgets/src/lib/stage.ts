// Two canvases of one size: the picture, and the marks above it; when each is drawn.

import { between, type Camera, type Size } from "./camera";
import { element } from "./dom";
import type { Dispose } from "./host";
import { STYLE } from "./style";

export interface Drawn {
  picture(context: CanvasRenderingContext2D, moving: boolean): void;
  marks(context: CanvasRenderingContext2D): void;
  resized(): void;
  rested(): void;
}

const MOST_RATIO = 3;

export class Stage {
  readonly picture = element("canvas", "wb-picture");
  readonly marks = element("canvas", "wb-marks");
  size: Size = { width: 0, height: 0 };
  camera: Camera = { x: 0, y: 0, zoom: 1 };
  moving = false;

  private frame = 0;
  private rest = 0;
  private flight = 0;
  private dirty = { picture: false, marks: false };
  private readonly observer: ResizeObserver;

  constructor(
    private readonly box: HTMLElement,
    private readonly drawn: Drawn,
  ) {
    box.append(this.picture, this.marks);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(box);
  }

  /** Draws soon: everything, or only the marks. */
  draw(what: "all" | "marks"): void {
    this.dirty.marks = true;
    if (what === "all") this.dirty.picture = true;
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  /** Shows another part at once, sampled until the camera has rested. */
  look(camera: Camera): void {
    cancelAnimationFrame(this.flight);
    this.go(camera);
  }

  /** Flies there in the time of the style table, or jumps where motion is unwanted. */
  fly(to: Camera): void {
    cancelAnimationFrame(this.flight);
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.go(to);
      return;
    }
    const from = this.camera;
    const start = performance.now();
    const step = (now: number): void => {
      const share = Math.min(1, Math.max(0, now - start) / STYLE.layout.motion_ms);
      this.go(between(from, to, share));
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }

  dispose: Dispose = () => {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.flight);
    window.clearTimeout(this.rest);
  };

  private go(camera: Camera): void {
    this.camera = camera;
    this.moving = true;
    this.draw("all");
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      this.moving = false;
      this.draw("all");
      this.drawn.rested();
    }, STYLE.detail.rest_ms);
  }

  private paint(): void {
    this.frame = 0;
    const { picture, marks } = this.dirty;
    this.dirty = { picture: false, marks: false };
    const ratio = this.ratio();
    if (picture) this.paintOn(this.picture, ratio, (c) => this.drawn.picture(c, this.moving));
    if (marks) this.paintOn(this.marks, ratio, (c) => this.drawn.marks(c));
  }

  private paintOn(
    canvas: HTMLCanvasElement,
    ratio: number,
    draw: (context: CanvasRenderingContext2D) => void,
  ): void {
    const context = canvas.getContext("2d");
    if (!context || !this.size.width) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context);
  }

  private ratio(): number {
    return Math.min(window.devicePixelRatio || 1, MOST_RATIO);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !height) return;
    this.size = { width, height };
    const ratio = this.ratio();
    for (const canvas of [this.picture, this.marks]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.drawn.resized();
    this.paintNow();
  }

  /** A resized canvas is empty: fill it before the page is shown. */
  private paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.dirty = { picture: true, marks: true };
    this.paint();
  }
}

// What is asked of Python: every action is sent until it was answered, so none is lost.

import type { Model } from "../host";

interface Asked {
  seq: number;
  type: string;
  ids: string[];
}

export class Asks {
  constructor(private readonly model: Model) {}

  send(type: string, ids: string[]): void {
    const open = this.open;
    const seq = Math.max(this.answered, ...open.map((one) => one.seq)) + 1;
    this.model.set("asked", { actions: [...open, { seq, type, ids }] });
    this.model.save_changes();
  }

  /** What was asked of `id` and is not answered yet. */
  waiting(id: string): string | null {
    return this.open.find((one) => one.ids.includes(id))?.type ?? null;
  }

  get anyWaiting(): boolean {
    return this.open.length > 0;
  }

  private get answered(): number {
    return ((this.model.get("told") ?? {}) as { seq?: number }).seq ?? 0;
  }

  private get open(): Asked[] {
    const { actions = [] } = (this.model.get("asked") ?? {}) as { actions?: Asked[] };
    return actions.filter((one) => one.seq > this.answered);
  }
}

// Sends evidence, the newest only: while one is being answered, later ones wait and merge.

import type { Model } from "../host";
import { sameFindings, type Findings } from "./findings";

const PATIENCE_MS = 5000;

export class Outbox {
  private sent = 0;
  private waiting = false;
  private next: Findings | null = null;
  private timer = 0;
  private since = 0;

  constructor(private readonly model: Model) {}

  /** What is known: as last chosen here, or as Python says. */
  get findings(): Findings {
    return this.next ?? this.inModel();
  }

  send(findings: Findings): void {
    if (sameFindings(findings, this.findings)) return;
    this.next = findings;
    if (!this.waiting) this.post();
  }

  /** Python has answered number `seq`; how long that took in ms, or null if it was not ours. */
  answered(seq: number): number | null {
    if (!this.waiting || seq < this.sent) return null;
    const took = performance.now() - this.since;
    this.rest();
    return took;
  }

  dispose(): void {
    window.clearTimeout(this.timer);
  }

  private post(): void {
    if (!this.next) return;
    const { seq = 0 } = (this.model.get("findings") ?? {}) as { seq?: number };
    const known = this.next;
    [this.sent, this.waiting, this.next, this.since] = [seq + 1, true, null, performance.now()];
    this.timer = window.setTimeout(() => this.rest(), PATIENCE_MS);
    this.model.set("findings", { seq: this.sent, known });
    this.model.save_changes();
  }

  private rest(): void {
    window.clearTimeout(this.timer);
    this.waiting = false;
    this.post();
  }

  private inModel(): Findings {
    const { known = {} } = (this.model.get("findings") ?? {}) as { known?: Findings };
    return known;
  }
}

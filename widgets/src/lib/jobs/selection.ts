// Which lines of a table are chosen, by id, and which one the keyboard is on.

export class Choice {
  readonly chosen = new Set<string>();
  active = -1; // the place in the order shown
  private anchor = -1;

  /** Moves to `place`; with `extend` everything from where it began is chosen. */
  go(place: number, ids: readonly string[], extend: boolean): void {
    if (!extend || this.anchor < 0) this.anchor = place;
    this.active = place;
    if (!extend) return;
    this.chosen.clear();
    const [from, to] = [Math.min(this.anchor, place), Math.max(this.anchor, place)];
    for (const id of ids.slice(from, to + 1)) this.chosen.add(id);
  }

  only(place: number, ids: readonly string[]): void {
    this.chosen.clear();
    this.toggle(place, ids);
  }

  toggle(place: number, ids: readonly string[]): void {
    [this.active, this.anchor] = [place, place];
    const id = ids[place];
    if (!this.chosen.delete(id)) this.chosen.add(id);
  }

  all(ids: readonly string[]): void {
    for (const id of ids) this.chosen.add(id);
  }

  clear(): void {
    this.chosen.clear();
  }

  /** What an action is about: all that is chosen, else the line the keyboard is on. */
  targets(ids: readonly string[]): string[] {
    if (this.chosen.size) return ids.filter((id) => this.chosen.has(id));
    return this.active >= 0 && this.active < ids.length ? [ids[this.active]] : [];
  }
}

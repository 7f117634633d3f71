// One of many elements takes the keyboard; arrow keys move to the others.

/** Makes exactly the element in `place` reachable by Tab. */
export function reachable(elements: readonly HTMLElement[], place: number): void {
  elements.forEach((element, i) => {
    const wanted = i === place ? 0 : -1;
    if (element.tabIndex !== wanted || !element.hasAttribute("tabindex")) element.tabIndex = wanted;
  });
}

/** Where an arrow key leads from `place` in a grid `width` wide; -1 when it is none. */
export function stepTo(key: string, place: number, n: number, width = 1): number {
  const steps: Record<string, number> = {
    ArrowUp: -width,
    ArrowDown: width,
    ArrowLeft: -1,
    ArrowRight: 1,
  };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  const step = steps[key];
  if (step === undefined) return -1;
  const crossesRow = Math.abs(step) === 1 && width > 1;
  const to = place + step;
  const sameRow = Math.floor(to / width) === Math.floor(place / width);
  return to < 0 || to >= n || (crossesRow && !sameRow) ? place : to;
}

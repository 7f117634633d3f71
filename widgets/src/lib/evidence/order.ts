// Which variables have a card, and in which order.

import type { Variable } from "./answer";

export const MOST_IN_ORDER = 24;

export interface Wanted {
  focus: readonly number[];
  known: ReadonlySet<number>;
  hidesKnown: boolean; // where a picture shows them already
  query: string;
  most: number;
}

/** All in their own order when few; else those looked at, known unless hidden, changed most. */
export function shown(variables: readonly Variable[], wanted: Wanted): Variable[] {
  const query = wanted.query.trim().toLowerCase();
  const found = query
    ? variables.filter((variable) => variable.name.toLowerCase().includes(query))
    : [...variables];
  if (found.length <= MOST_IN_ORDER && variables.length <= MOST_IN_ORDER) return found;
  const rank = (variable: Variable): number => {
    const place = wanted.focus.indexOf(variable.column);
    if (place >= 0) return -2 - 1 / (1 + place);
    return wanted.known.has(variable.column) ? -1 : 0;
  };
  const hides = (column: number): boolean =>
    wanted.hidesKnown && !query && wanted.known.has(column) && !wanted.focus.includes(column);
  return found
    .filter((variable) => !hides(variable.column))
    .map((variable) => ({ variable, rank: rank(variable) }))
    .sort((a, b) => a.rank - b.rank || b.variable.change - a.variable.change)
    .slice(0, wanted.most)
    .map(({ variable }) => variable);
}

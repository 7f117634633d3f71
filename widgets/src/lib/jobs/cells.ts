// The cells of a sweep: kept up to date, sorted, compared, written as CSV.

export type Role = "id" | "grid" | "state" | "progress" | "value" | "seconds" | "text" | "error" | "result";
export type Value = number | string | boolean | null;
export type Line = Value[];

export interface Column {
  name: string;
  role: Role;
}

export interface Cells {
  version: number;
  columns: Column[];
  lines: Line[];
}

export interface Changes {
  version: number;
  lines: Record<string, Line>;
}

export interface Order {
  column: number;
  down: boolean;
}

/** The table with its changed lines put in; changes of another version count for nothing. */
export function patched(whole: Cells, changes: Changes | undefined): Cells {
  if (!changes || changes.version !== whole.version) return whole;
  const lines = [...whole.lines];
  for (const [place, line] of Object.entries(changes.lines)) lines[Number(place)] = line;
  return { ...whole, lines };
}

export function placeOf(cells: Cells, role: Role): number {
  return cells.columns.findIndex((column) => column.role === role);
}

const UNSHOWN: readonly Role[] = ["id", "progress", "text", "error", "result"];

/**
 * The columns that are shown, the values of `telling` next to the state: progress stands beside
 * the state, errors and texts are told below.
 */
export function shownColumns(cells: Cells, telling = -1): number[] {
  const places = cells.columns.map((_, place) => place);
  const shown = places.filter((place) => !UNSHOWN.includes(cells.columns[place].role) && place !== telling);
  if (telling >= 0) shown.splice(shown.indexOf(placeOf(cells, "state")) + 1, 0, telling);
  return shown;
}

/** Places of the lines in this order: numbers before words, what is missing last either way. */
export function ordered(cells: Cells, order: Order | null): number[] {
  const { lines } = cells;
  const places = lines.map((_, place) => place);
  if (!order) return places;
  const { column, down } = order;
  const sign = down ? -1 : 1;
  return places.sort((a, b) => {
    const [left, right] = [lines[a][column], lines[b][column]];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
    return sign * (compared(left, right) || furtherOf(cells, order, a, b)) || a - b;
  });
}

/** Of two cells in one state, the one that has done less comes first. */
function furtherOf(cells: Cells, { column }: Order, a: number, b: number): number {
  const progress = placeOf(cells, "progress");
  if (progress < 0 || cells.columns[column].role !== "state") return 0;
  return compared(cells.lines[a][progress], cells.lines[b][progress]);
}

function compared(left: Value, right: Value): number {
  if (typeof left === "string" && typeof right === "string") return left.localeCompare(right);
  if (typeof left === "string") return 1;
  if (typeof right === "string") return -1;
  return Number(left) - Number(right);
}

const SMALL_IS_GOOD = /loss|error|seconds|perplexity|bits|surprise|cost|failed/i;

/** Whether a small number of this name is usually the good one. */
export function smallIsGood(name: string): boolean {
  return SMALL_IS_GOOD.test(name);
}

/** Places of the lines whose value in `column` is the best of all; none where there is none. */
export function bestOf({ lines }: Cells, column: number, small: boolean): Set<number> {
  const numbers = lines.map((line) => (typeof line[column] === "number" ? (line[column] as number) : null));
  const known = numbers.filter((value): value is number => value !== null);
  if (known.length < 2) return new Set();
  const best = known.reduce((a, b) => (small ? Math.min(a, b) : Math.max(a, b)));
  return new Set(numbers.flatMap((value, place) => (value === best ? [place] : [])));
}

/** The lines in this order as CSV with full precision; a text cannot become a formula. */
export function csv(cells: Cells, places: readonly number[]): string {
  const columns = cells.columns.map((_, place) => place).filter((place) => !["id", "result"].includes(cells.columns[place].role));
  const head = columns.map((place) => field(cells.columns[place].name));
  const lines = places.map((at) => columns.map((place) => field(cells.lines[at][place])));
  return [head, ...lines].map((line) => line.join(",")).join("\r\n") + "\r\n";
}

function field(value: Value): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

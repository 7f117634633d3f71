// What is known, by column: the field `findings` as workbench/widgets/findings.py writes it.

import { numberText } from "../numbers";

export interface Interval {
  low: number | null;
  high: number | null;
}

export type Known = number | number[] | Interval;
export type Findings = Readonly<Record<string, Known>>;

/** The codes that a categorical variable may have; none where nothing is known. */
export function codesOf(known: Known | undefined): number[] {
  if (known === undefined) return [];
  return typeof known === "number" ? [known] : Array.isArray(known) ? known : [];
}

/** A click: this value alone is known; the same once more takes it back. */
export function toggled(known: Known | undefined, code: number): Known | undefined {
  const codes = codesOf(known);
  return codes.length === 1 && codes[0] === code ? undefined : code;
}

/** A click with Shift: this value also; without any, or with all, nothing is known. */
export function extended(
  known: Known | undefined,
  code: number,
  nCategories: number,
): Known | undefined {
  const codes = new Set(codesOf(known));
  if (!codes.delete(code)) codes.add(code);
  const sorted = [...codes].sort((a, b) => a - b);
  if (!sorted.length || sorted.length === nCategories) return undefined;
  return sorted.length === 1 ? sorted[0] : sorted;
}

export function withKnown(
  findings: Findings,
  column: number,
  known: Known | undefined,
): Findings {
  const changed = { ...findings };
  if (known === undefined) delete changed[String(column)];
  else changed[String(column)] = known;
  return changed;
}

const RANGE = /^(.*?)(?:\.\.+|\u2026| to )(.*)$/;

/** What was typed: a number, "low..high" with either end open, or nothing; null if neither. */
export function parsed(text: string): Known | undefined | null {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  const range = RANGE.exec(trimmed);
  if (!range) return numberOf(trimmed);
  const [low, high] = [range[1], range[2]].map((end) => (end.trim() ? numberOf(end) : undefined));
  if (low === null || high === null || (low === undefined && high === undefined)) return null;
  if (low !== undefined && high !== undefined && low > high) return null;
  return low === high && low !== undefined ? low : { low: low ?? null, high: high ?? null };
}

function numberOf(text: string): number | null {
  const value = Number(text.trim().replace("\u2212", "-"));
  return text.trim() && Number.isFinite(value) ? value : null;
}

/** As it would be typed. */
export function typed(known: Known | undefined): string {
  if (known === undefined || Array.isArray(known)) return "";
  if (typeof known === "number") return plain(known);
  return `${known.low === null ? "" : plain(known.low)}..${known.high === null ? "" : plain(known.high)}`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** In words; `label` names a code. */
export function wordsOf(known: Known, label: (code: number) => string): string {
  if (typeof known === "number") return label(known);
  if (Array.isArray(known)) return known.map(label).join(" or ");
  const { low, high } = known;
  if (low === null) return high === null ? "any value" : `at most ${numberText(high, 6)}`;
  if (high === null) return `at least ${numberText(low, 6)}`;
  return `${numberText(low, 6)} to ${numberText(high, 6)}`;
}

export function sameFindings(one: Findings, other: Findings): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(findings: Findings): [string, Known][] {
  return Object.entries(findings).sort(([a], [b]) => Number(a) - Number(b));
}

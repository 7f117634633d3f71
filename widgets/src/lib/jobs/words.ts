// Shares, paces and times of jobs in words.

import { numberText } from "../numbers";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Seconds as a reader says them: two units at most. */
export function spanText(seconds: number): string {
  const whole = Math.floor(seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < MINUTE) return `${whole} s`;
  if (seconds < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (seconds < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** An estimate, with no more digits than it deserves. */
export function remainingText(seconds: number): string {
  if (seconds < 1) return "about 1 s left";
  const step = seconds < 20 ? 1 : seconds < 2 * MINUTE ? 5 : seconds < HOUR ? MINUTE : 10 * MINUTE;
  const rounded = Math.round(seconds / step) * step;
  if (rounded < 2 * MINUTE) return `about ${rounded} s left`;
  if (rounded < HOUR) return `about ${rounded / MINUTE} min left`;
  return `about ${spanText(rounded).replace(" 0 min", "").replace(" 0 h", "")} left`;
}

/** Never 100 % before the end. */
export function shareText(share: number): string {
  return `${Math.floor(100 * Math.min(1, Math.max(0, share)) + 1e-9)} %`;
}

/** A share per second in the unit that makes it at least one percent. */
export function rateText(rate: number): string {
  const units: [number, string][] = [[1, "s"], [MINUTE, "min"], [HOUR, "h"]];
  const [seconds, unit] = units.find(([length]) => rate * length >= 0.01) ?? [DAY, "day"];
  return `${numberText(100 * rate * seconds, 2)} %/${unit}`;
}

/** What is known of the pace of a job that runs. */
export function paceText(progress: number | null, rate: number | null, remaining: number | null): string {
  const parts = [
    progress === null ? "" : shareText(progress),
    rate ? rateText(rate) : "",
    remaining === null ? "" : remainingText(remaining),
  ];
  return parts.filter(Boolean).join(" \u00b7 ");
}

/** "31 done, 2 failed", most telling first. */
export function countsText(counts: Record<string, number>): string {
  const order = ["running", "queued", "done", "failed", "cancelled"];
  const present = order.filter((state) => counts[state]);
  return present.map((state) => `${numberText(counts[state])} ${state}`).join(", ");
}

export function plural(n: number, noun: string): string {
  return `${numberText(n)} ${noun}${n === 1 ? "" : "s"}`;
}

// The entries of the list as they come from Python; anything missing has a harmless default.

export type Action = "cancel" | "resume" | "open";

export interface Series {
  name: string;
  last: number | null;
  n: number;
  points: (number | null)[];
}

export interface Row {
  id: string;
  name: string;
  place: string;
  status: string;
  progress: number | null;
  text: string;
  rate: number | null;
  remaining: number | null;
  created: number | null;
  elapsed: number | null;
  values: Series[];
  error: string;
  remedy: string;
  details: string;
  facts: [string, string][];
  cells: Record<string, number> | null;
  can: Action[];
}

const EMPTY: Row = {
  id: "",
  name: "",
  place: "",
  status: "queued",
  progress: null,
  text: "",
  rate: null,
  remaining: null,
  created: null,
  elapsed: null,
  values: [],
  error: "",
  remedy: "",
  details: "",
  facts: [],
  cells: null,
  can: [],
};

export function rowsOf(value: unknown): Row[] {
  return Array.isArray(value) ? value.map((row) => ({ ...EMPTY, ...row })) : [];
}

const TELLING = /valid|test/i;

/** What is worth a glance: what was measured on rows that were not learned from, else the first. */
export function mostTelling<Named extends { name: string }>(all: readonly Named[]): Named | undefined {
  return all.find(({ name }) => TELLING.test(name)) ?? all[0];
}

export function isUnfinished(status: string): boolean {
  return status === "queued" || status === "running";
}

/** What has ended since the list before, in words for those who do not see it. */
export function endingsOf(before: readonly Row[], after: readonly Row[]): string[] {
  const was = new Map(before.map((row) => [row.id, row.status]));
  const ended = after.filter((row) => {
    const status = was.get(row.id);
    return status !== undefined && isUnfinished(status) && !isUnfinished(row.status);
  });
  return ended.map((row) => `${row.name} ${row.status}`);
}

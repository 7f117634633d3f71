// The two hosts (Jupyter through anywidget, Panel) seen as one.

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

export interface Host {
  model: Model;
  el: HTMLElement;
}

export type Dispose = () => void;

/** The bytes of a field: hosts deliver a DataView, an ArrayBuffer or a Uint8Array. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return new Uint8Array(0);
}

/** Calls `callback` when any of the fields changes, until disposed. */
export function watch(model: Model, names: readonly string[], callback: () => void): Dispose {
  for (const name of names) model.on(`change:${name}`, callback);
  return () => {
    for (const name of names) model.off(`change:${name}`, callback);
  };
}

/** Reports an action through the field `event`: one host has no messages from the view. */
export function emit(model: Model, type: string, details: object = {}): void {
  const last = model.get("event") as { seq?: number } | null;
  model.set("event", { seq: (last?.seq ?? 0) + 1, type, ...details });
  model.save_changes();
}

export function save(model: Model, name: string, value: unknown): void {
  model.set(name, value);
  model.save_changes();
}

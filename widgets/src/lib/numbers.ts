// Numbers as text, as workbench/core/units.py writes them.

const MINUS = "\u2212";

/** `value` to `digits` significant digits, with a true minus sign. */
export function numberText(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return signed(grouped(size), value);
  if (size >= 1e9 || size < 1e-4) return signed(shortExponent(size, digits), value);
  if (size >= 10 ** digits - 0.5) return signed(grouped(Math.round(size)), value);
  return signed(trimmed(size.toPrecision(digits)), value);
}

export function quantityText(value: number, unit: string, digits = 3): string {
  const text = numberText(value, digits);
  return unit && !Number.isNaN(value) ? `${text} ${unit}` : text;
}

function grouped(size: number): string {
  return String(size).replace(/\B(?=(\d{3})+$)/g, ",");
}

function shortExponent(size: number, digits: number): string {
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const sign = exponent.startsWith("-") ? MINUS : "";
  return `${trimmed(mantissa)}e${sign}${exponent.replace(/^[+-]/, "")}`;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function signed(text: string, value: number): string {
  return value < 0 ? MINUS + text : text;
}

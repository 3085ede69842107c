/** How numbers and instants are written in sentences. Locale functions cost more than a whole decision. */
import type { Instant } from '../model/reading.ts';

/** 12345.6 → `12,346`; below ten, one decimal where it has one, and never zero for what is more: 0.0174 → `0.02`. */
export function count(value: number): string {
  if (value < 10 && !Number.isInteger(value))
    return value < 0.1 ? String(Number(value.toPrecision(1))) : value.toFixed(1);
  if (!(value < 1e21)) return String(value);
  const digits = String(Math.round(value));
  let end = digits.length - 3;
  if (end <= 0) return digits;
  let grouped = digits.slice(end);
  for (; end > 3; end -= 3) grouped = `${digits.slice(end - 3, end)},${grouped}`;
  return `${digits.slice(0, end)},${grouped}`;
}

/** `1 replica`, `5 replicas`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** An instant to the second, in UTC: `2026-03-02T08:15:00Z`. */
export function instant(at: Instant): string {
  return Math.abs(at) < 8.64e15 ? `${new Date(at).toISOString().slice(0, 19)}Z` : 'an unknown time';
}

/** As the beginning of a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two sentences that differ in their numbers alone become the same: `12,000 leads in 1h30m` and `9 leads in 45s`. */
export function withoutNumbers(sentence: string): string {
  return sentence.replace(/\d[\w.,:%µ]*( ?(?:kB|MB|GB|TB|B|%))?/g, '#');
}

import type { PersonLanguage } from '@holdfast/core';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A duration in its two largest units at most, in words: `1 minute 20 seconds`. Digits are the same in every language here. */
export function durationWords(durationMs: number, language: PersonLanguage): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  const from = largest === -1 ? UNITS.length - 1 : largest;
  const parts = UNITS.slice(from, from + 2).flatMap(([unit, size], i) => {
    const whole = i === 0 ? Math.floor(seconds / size) : Math.floor((seconds % (UNITS[from]?.[1] ?? 1)) / size);
    return i > 0 && whole === 0 ? [] : [unitWords(whole, unit, language)];
  });
  return parts.join(' ');
}

function unitWords(count: number, unit: (typeof UNITS)[number][0], language: PersonLanguage): string {
  const format = { style: 'unit', unit, unitDisplay: 'long', numberingSystem: 'latn' } as const;
  return new Intl.NumberFormat(language, format).format(count);
}

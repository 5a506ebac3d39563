const UNITS: readonly (readonly [ms: number, one: string, many: string])[] = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'hour', 'hours'],
  [60_000, 'minute', 'minutes'],
  [1000, 'second', 'seconds'],
];

/** A duration as people say it: its two largest units. */
export function wordsOfMs(durationMs: number): string {
  const words: string[] = [];
  let rest = durationMs;
  for (const [ms, one, many] of UNITS) {
    const count = Math.floor(rest / ms);
    if (count > 0) words.push(`${count} ${count === 1 ? one : many}`);
    rest -= count * ms;
  }
  if (words.length === 0) return durationMs === 0 ? 'no time' : 'less than a second';
  return words.slice(0, 2).join(' ');
}

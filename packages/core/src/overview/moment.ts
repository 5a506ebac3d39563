import { civilTime } from '../encoding/civil-time.ts';

/** A moment for operators, in UTC: "2026-11-28 09:39:05 UTC". */
export function sayMoment(timeMs: number): string {
  const { year, month, day, hour, minute, second } = civilTime(timeMs);
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)} UTC`;
}

/** A duration for operators, its two largest units: "2 h 3 min". */
export function sayDuration(durationMs: number): string {
  let left = Math.max(0, Math.floor(durationMs / 1000));
  const parts: string[] = [];
  for (const [seconds, unit] of UNITS) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || 'under 1 s';
}

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

function two(value: number): string {
  return String(value).padStart(2, '0');
}

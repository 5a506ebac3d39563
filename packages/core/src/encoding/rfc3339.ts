import { CodedError } from '../errors.ts';
import { civilTime } from './civil-time.ts';

const FORM = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|\+00:00)$/;
const DAY_MS = 86_400_000;

/**
 * A moment in UTC as RFC 3339 writes it, in unix milliseconds; what is finer is cut off. Other offsets and leap seconds are
 * refused. Throws `encoding.rfc3339`.
 */
export function parseRfc3339(text: string): number {
  const [, ...parts] = FORM.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number);
  const ms = Number((parts[6] ?? '').padEnd(3, '0').slice(0, 3));
  const timeMs = daysSince1970(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  // Read back: there is no 30th of February, and no 24th hour.
  if (parts.length > 0 && timeMs >= 0 && secondsOf(timeMs) === secondsIn(text)) return timeMs;
  throw new CodedError('encoding.rfc3339', 'A time is written as 2026-03-01T12:00:00Z, in UTC and from 1970 on.');
}

/** Unix milliseconds up to the year 9999, with milliseconds only where there are some. */
export function encodeRfc3339(timeMs: number): string {
  const ms = timeMs % 1000;
  return `${secondsOf(timeMs)}${ms === 0 ? '' : `.${padded(ms, 3)}`}Z`;
}

function secondsOf(timeMs: number): string {
  const { year, month, day, hour, minute, second } = civilTime(timeMs);
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date}T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}`;
}

function secondsIn(text: string): string {
  return text.slice(0, 19).toUpperCase();
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

/** Proleptic Gregorian: an era is 400 years, and a year begins in March. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

import { InvalidArgumentError } from 'commander';

/** Where commands look when nothing else is said; `HOLDFAST_*` stands for each flag (DESIGN 12). */
export const DEFAULTS = {
  url: process.env.HOLDFAST_URL ?? `http://localhost:${process.env.HOLDFAST_PORT ?? '4600'}`,
  data: process.env.HOLDFAST_DATA ?? '.holdfast',
  port: process.env.HOLDFAST_PORT ?? '4600',
} as const;

/** What a next line has to say again of where a command was sent; nothing where that is the default. */
export function placeFlags({ url, data }: { readonly url: string; readonly data: string }): string {
  const flags = [url === DEFAULTS.url ? '' : ` --url ${url}`, data === DEFAULTS.data ? '' : ` --data ${data}`];
  return flags.join('');
}

/** A whole number of a flag. */
export function parseCount(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('A whole number was expected.');
  return Number(text);
}

/** A port of this machine; 0 stands for any free one. */
export function parsePort(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('A port from 0 to 65535 was expected.');
  return Number(text);
}

/** An address such as http://localhost:4600, without a path. */
export function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.host === '')
    throw new InvalidArgumentError('An address like http://localhost:4600 was expected.');
  return url.origin;
}

/** An amount in minor units, as it is written. */
export function parseMinorUnits(text: string): string {
  if (!/^(0|[1-9][0-9]{0,38})$/.test(text))
    throw new InvalidArgumentError('A whole number of minor units was expected.');
  return text;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "30m", "7d": a duration in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new InvalidArgumentError('A duration like 30m, 12h or 7d was expected.');
  return Number(match[1]) * unit;
}

/** A moment: unix milliseconds, or an ISO 8601 date with a time zone. */
export function parseMoment(text: string): number {
  const time = /^[0-9]{12,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(time)) throw new InvalidArgumentError('A time like 2026-11-21T09:00:00Z was expected.');
  return time;
}

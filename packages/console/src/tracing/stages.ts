import type { DecisionTrace } from '@holdfast/server/answers';

export const SHOWN_STAGES = [
  'signatures',
  'to the log',
  'witnesses',
  'list tokens',
  'first verifier',
  'last verifier',
] as const;
export type Stage = (typeof SHOWN_STAGES)[number];

/** How long each stage of one decision took, in milliseconds; what nobody saw is missing. Behind the log all count from its epoch. */
export function stagesOf(life: DecisionTrace): Partial<Record<Stage, number>> {
  const { received, authorised, logged, cosigned, published, effects } = life;
  const lags = effects.map(({ lagMs }) => lagMs);
  return {
    signatures: authorised - received,
    'to the log': Math.max(0, logged - authorised),
    ...(cosigned === undefined ? {} : { witnesses: Math.max(0, cosigned - logged) }),
    ...(published === undefined ? {} : { 'list tokens': Math.max(0, published - logged) }),
    ...(lags.length === 0 ? {} : { 'first verifier': Math.min(...lags), 'last verifier': Math.max(...lags) }),
  };
}

/** The middle one and the slowest. */
export function typicalOf(durations: readonly number[]): { count: number; middle: number; slowest: number } {
  const sorted = [...durations].sort((a, b) => a - b);
  return {
    count: sorted.length,
    middle: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    slowest: sorted.at(-1) ?? 0,
  };
}

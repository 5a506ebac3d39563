/** What of the settling may be set, each with a default. */
export type SettlingBounds = {
  /** How long a rail may owe an answer before the line is `unknown`. Default three days: banks rest on Sundays and holidays. */
  readonly patienceMs: number;
  /** By the id of the rail, where it is another. */
  readonly patienceMsByRail: Readonly<Record<string, number>>;
  /** How long one submission is waited for; then the same batch is submitted again at the next call. Default 30 s. */
  readonly submitTimeoutMs: number;
  /** Lines of a batch, at most 1,000. Default 500. */
  readonly batchLines: number;
  /** Batches to a rail in one call of `submitDue`, those submitted again included. Default 20. */
  readonly batchesPerCall: number;
  /** Pages of outcomes read from a rail in one call of `reconcile`. Default 100. */
  readonly pagesPerCall: number;
};

export const DEFAULT_SETTLING_BOUNDS: SettlingBounds = {
  patienceMs: 3 * 86_400_000,
  patienceMsByRail: {},
  submitTimeoutMs: 30_000,
  batchLines: 500,
  batchesPerCall: 20,
  pagesPerCall: 100,
};

export function patienceOf({ patienceMs, patienceMsByRail }: SettlingBounds, rail: string): number {
  return patienceMsByRail[rail] ?? patienceMs;
}

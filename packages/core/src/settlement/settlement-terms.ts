/** What is agreed about a line when it is planned. It never changes: another destination needs another transfer. */
export type SettlementTerms = {
  readonly rail: string;
  /** A pseudonym of the destination: the same for the same one, and telling nothing about it. */
  readonly destination: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly asset: { readonly code: string; readonly decimals: number };
  readonly reference: string;
};

export type SettlementField = keyof SettlementTerms;

/** The first member in which two differ, `undefined` when they are the same: a repeat. */
export function differenceOfTerms(a: SettlementTerms, b: SettlementTerms): SettlementField | undefined {
  if (a.rail !== b.rail) return 'rail';
  if (a.destination !== b.destination) return 'destination';
  if (a.amount !== b.amount) return 'amount';
  if (a.asset.code !== b.asset.code || a.asset.decimals !== b.asset.decimals) return 'asset';
  return a.reference === b.reference ? undefined : 'reference';
}

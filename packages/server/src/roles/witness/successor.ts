import { parseLineage } from '@holdfast/core';
import { type FeedSource, foundingOf, type LogFounding, type SignatureEngine } from '@holdfast/verifier';

/** The log that a network has gone over to, and the text that proves it (a lineage). */
export type ProvedSuccessor = { readonly founding: LogFounding; readonly lineage: string };

/**
 * Whether the log of this name, which answers at the address of one that is looked at, is the one that its network has gone over to.
 * Its lineage has to lead through the log that was looked at so far: of two that go on from one position the first stands.
 * Undefined where it is another. Throws as `foundingOf` does, and what the source throws.
 */
export async function proveSuccessor(
  source: Pick<FeedSource, 'fetchEntries' | 'fetchLineage'>,
  { origin, known, engine }: { readonly origin: string; readonly known: LogFounding; readonly engine: SignatureEngine },
  signal: AbortSignal,
): Promise<ProvedSuccessor | undefined> {
  const [entry = ''] = await source.fetchEntries(0, 1, signal);
  const lineage = await source.fetchLineage?.(signal);
  if (lineage === undefined || entry === known.entry) return undefined;
  const { genesis, successions } = parseLineage(lineage);
  const before = [genesis, ...successions.map(({ opening }) => opening)].slice(0, -1);
  const founding = await foundingOf(entry, { network: known.network, lineage, engine });
  return founding.origin === origin && before.includes(known.entry) ? { founding, lineage } : undefined;
}

import type { DecidingEntry, ReplayBundle } from '@holdfast/core';
import type { VerifierFeed } from './neighbours.ts';
import { createPastNetwork, type PastNetwork } from './past-network.ts';
import type { OpenedVerdict, VerdictBook } from './verdict-book.ts';

/** What the logs that a verifier keeps say of the verdicts that it has given. */
export type Replaying = {
  replayBundle(verdictId: string): Promise<ReplayBundle>;
  deciding(verdictId: string, isNow?: boolean): Promise<DecidingEntry | undefined>;
};

export type ReplayingPorts = {
  readonly book: Pick<VerdictBook, 'open'>;
  readonly feed?: VerifierFeed;
  /** The networks that are followed beside it, by name. */
  readonly others?: ReadonlyMap<string, VerifierFeed>;
};

export function createReplaying({ book, feed, others }: ReplayingPorts): Replaying {
  const past = feed === undefined ? undefined : createPastNetwork(feed.past);
  const pasts = new Map<VerifierFeed, PastNetwork>();

  function pastOf(name: string): PastNetwork | undefined {
    const other = others?.get(name);
    if (other === undefined) return undefined;
    const known = pasts.get(other) ?? createPastNetwork(other.past);
    pasts.set(other, known);
    return known;
  }

  async function proveOther({ other, status, kept, asksRecords }: OpenedVerdict): Promise<ReplayBundle['network']> {
    if (other?.position === undefined) return undefined;
    return pastOf(other.name)?.prove(other.position, {
      ...{ list: status?.uri, incidents: asksRecords, witnessed: kept.witnessed?.other },
    });
  }

  return {
    async replayBundle(verdictId) {
      const opened = await book.open(verdictId);
      const { signed, kept, position, other, status } = opened;
      const { witnessed, ...rest } = kept;
      const incidents = opened.asksRecords;
      const read = { list: status?.uri, recognitions: other !== undefined, incidents, witnessed: witnessed?.home };
      const network = position === undefined ? undefined : await past?.prove(position, read);
      const proved = await proveOther(opened);
      return {
        v: 1,
        signed,
        ...rest,
        ...(network === undefined ? {} : { network }),
        ...(proved === undefined ? {} : { recognised: { ...kept.recognised, network: proved } }),
      };
    },
    async deciding(verdictId, isNow = false) {
      const { position, other, status } = await book.open(verdictId);
      const isOthers = other?.isIssuers === true;
      const follower = isOthers ? others?.get(other.name)?.follower : feed?.follower;
      const stood = isOthers ? other.position : position;
      const asOf = isNow ? follower?.view()?.position : stood;
      if (asOf === undefined || status === undefined) return undefined;
      return (isOthers ? pastOf(other.name) : past)?.decide(asOf, status);
    },
  };
}

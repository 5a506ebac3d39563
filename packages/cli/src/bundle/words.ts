import { type ActionClass, asOfNetwork, DEFAULT_FRESHNESS, type NetworkView } from '@holdfast/core';
import type { OfflineVerifier } from '@holdfast/verifier';
import { formatDuration } from '../output.ts';

export type BundleDescription = {
  readonly network: string;
  readonly position: OfflineVerifier['position'];
  readonly ageMs: number;
  readonly rulebook: number;
  readonly policy: string;
  readonly issuers: readonly string[];
  readonly lists: readonly { readonly id: string; readonly entries: number }[];
  /** Networks that it recognises and that are in it too. */
  readonly recognised: readonly {
    readonly network: string;
    readonly position: OfflineVerifier['position'];
    readonly ageMs: number;
    readonly issuers: readonly string[];
    readonly lists: BundleDescription['lists'];
  }[];
  readonly documents: readonly { readonly url: string; readonly at: number }[];
  readonly characters: number;
  readonly reasons: string | null;
  /** Whether a quorum of the witnesses that are named has confirmed it; null where none are. */
  readonly isConfirmed: boolean | null;
  /** Unix milliseconds until which its answers are live, recent and stale, for each class; then they are `unknown`. */
  readonly until: Readonly<
    Record<ActionClass, { readonly live: number; readonly recent: number; readonly stale: number }>
  >;
};

/** What is in a bundle, and how long it is of use, by the freshness rules of its own rulebook. */
export function describeBundle(offline: OfflineVerifier, characters: number, now: number): BundleDescription {
  const { network, position, view, policy, bundle } = offline;
  const rules = (view.rulebook?.body.freshness ?? DEFAULT_FRESHNESS).network;
  // Where witnesses are named, it is as old as what a quorum of them has confirmed.
  const asOf = asOfNetwork(view);
  const untilOf = (action: ActionClass) => {
    const { liveMs, recentMs, staleMs } = rules[action];
    return { live: asOf + liveMs, recent: asOf + recentMs, stale: asOf + staleMs };
  };
  return {
    network,
    position,
    ageMs: Math.max(0, now - position.time),
    rulebook: view.rulebook?.index ?? 0,
    policy: policy.id,
    ...contentsOf(view),
    recognised: [...offline.recognised].map(([name, other]) => {
      const { position } = other;
      return { network: name, position, ageMs: Math.max(0, now - position.time), ...contentsOf(other) };
    }),
    documents: (bundle.documents ?? []).map(({ url, at }) => ({ url, at })),
    characters,
    reasons: bundle.reasons ?? null,
    isConfirmed: view.witnessed === undefined ? null : view.witnessed.time !== undefined,
    until: { view: untilOf('view'), pay: untilOf('pay') },
  };
}

function contentsOf({ parties, lists }: NetworkView): Pick<BundleDescription, 'issuers' | 'lists'> {
  return {
    issuers: [...parties.values()].filter(({ kind }) => kind === 'issuer').map(({ id }) => id),
    lists: [...lists.values()].map(({ id, size }) => ({ id, entries: size })),
  };
}

function contentLines({ issuers, lists }: Pick<BundleDescription, 'issuers' | 'lists'>): string[] {
  return [
    ...issuers.map((id) => `  Issuer    ${id}`),
    ...lists.map(({ id, entries }) => `  List      ${id}, ${entries} entries`),
  ];
}

export function bundleLines(described: BundleDescription): string[] {
  const { network, position, ageMs, documents, until, characters } = described;
  return [
    `  Network   ${network}`,
    `  Seen      up to #${position.size - 1}, ${momentOf(position.time)} (${formatDuration(ageMs)} old)`,
    `  Rulebook  #${described.rulebook}; policy "${described.policy}"`,
    ...contentLines(described),
    ...described.recognised.flatMap(({ network: name, position: seen, ageMs: age, ...contents }) => [
      `  Takes of  ${name}, seen up to #${seen.size - 1}, ${momentOf(seen.time)} (${formatDuration(age)} old)`,
      ...contentLines(contents),
    ]),
    ...documents.map(({ url, at }) => `  Fetched   ${url}, ${momentOf(at)}`),
    ...(described.isConfirmed === false ? ['  Witnesses have not confirmed it: no answer can stand on it.'] : []),
    `  To view   live until ${momentOf(until.view.live)}, of use until ${momentOf(until.view.stale)}`,
    `  To pay    live until ${momentOf(until.pay.live)}, of use until ${momentOf(until.pay.stale)}`,
    `  Size      ${Math.ceil(characters / 1024)} KiB`,
  ];
}

/** A file outlives a day, so the date is said. */
function momentOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

import {
  type Credential,
  type Evidence,
  type IssuerKey,
  isRecognising,
  type NetworkView,
  otherNetworkIssuerKey,
  type Position,
} from '@holdfast/core';
import type { FollowedNetwork } from './followed-network.ts';

/** Followers of networks beside the verifier's own, by the pinned names of these; it may grow while verdicts are given. */
export type OtherFollowers = ReadonlyMap<string, FollowedNetwork>;

/** Of a verdict at a position: networks that are not to be had as they then were, by name, each with the code of why. */
export type Unpinned = ReadonlyMap<string, string>;

/** Networks that one verifier follows beside its own: each is held in memory whole. */
export const MAX_OTHER_NETWORKS = 16;

/** The one other network that a verdict consults. */
export type OtherNetwork = {
  readonly name: string;
  /** Absent when our network recognises it and nobody here follows it. */
  readonly follower?: FollowedNetwork;
  /** Whether the credential is, or says it is, one of its; otherwise it was only asked for by a position. */
  readonly isIssuers: boolean;
};

type Asked = { readonly parsed: Credential; readonly asked: readonly Position[] };

/**
 * The network that lists the issuer, when ours does not: of several the one that the credential names, then one that ours
 * recognises, then by name, so that two verifiers choose alike. Where none lists it, the one whose log it names; and for a
 * credential of ours, one whose position is asked for.
 */
export function findOther(
  { parsed, asked }: Asked,
  home: NetworkView | undefined,
  followers: OtherFollowers,
): OtherNetwork | undefined {
  const isOurs = parsed.issuer !== undefined && home?.parties.get(parsed.issuer)?.kind === 'issuer';
  if (!isOurs) {
    const issuers = issuersNetwork(parsed, home, followers);
    if (issuers !== undefined) return issuers;
  }
  const logs = asked.map(({ log }) => log).filter((log) => log !== home?.position.log);
  if (logs.length === 0) return undefined;
  const found = byName(followers).find(([, follower]) => logs.includes(logOf(follower)));
  return found === undefined ? undefined : { name: found[0], follower: found[1], isIssuers: false };
}

function issuersNetwork(
  { issuer = '', network: anchor }: Credential,
  home: NetworkView | undefined,
  followers: OtherFollowers,
): OtherNetwork | undefined {
  const isRecognised = (name: string) => {
    const record = home?.recognitions?.get(name);
    return record !== undefined && isRecognising(record, home?.position.time ?? 0);
  };
  const listing = byName(followers).filter(([, follower]) => follower.view()?.parties.get(issuer)?.kind === 'issuer');
  const chosen =
    listing.find(([, follower]) => logOf(follower) === anchor?.log) ??
    listing.find(([name]) => isRecognised(name)) ??
    listing[0];
  if (chosen !== undefined) return { name: chosen[0], follower: chosen[1], isIssuers: true };
  if (anchor === undefined || anchor.log === home?.position.log) return undefined;
  const named = byName(followers).find(([, follower]) => logOf(follower) === anchor.log);
  if (named !== undefined) return { name: named[0], follower: named[1], isIssuers: true };
  const records = [...(home?.recognitions?.values() ?? [])].map(({ recognition }) => recognition);
  const name = records.find(({ log }) => log.origin === anchor.log)?.network;
  if (name === undefined) return undefined;
  const follower = followers.get(name);
  return { name, ...(follower === undefined ? {} : { follower }), isIssuers: true };
}

function byName(followers: OtherFollowers): readonly (readonly [string, FollowedNetwork])[] {
  return [...followers].sort(([a], [b]) => (a < b ? -1 : 1));
}

function logOf(follower: FollowedNetwork): string {
  return follower.view()?.position.log ?? '';
}

/** The other network's word on the key, or the code of why there is none; undefined: it does not know the issuer. */
export function keyInOther(
  parsed: Credential,
  other: OtherNetwork | undefined,
  home: NetworkView | undefined,
  unpinned: Unpinned | undefined,
): IssuerKey | { readonly unknown: string } | undefined {
  // Without our own network's word nothing is taken from another.
  if (other === undefined || !other.isIssuers || home === undefined) return undefined;
  const view = other.follower?.view();
  const missing = unpinned?.get(other.name);
  if (missing !== undefined) return { unknown: missing };
  if (other.follower === undefined) return { unknown: 'recognition.not_followed' };
  if (view === undefined) return { unknown: 'recognition.unread' };
  // Two logs of one origin could not be told apart in a basis.
  if (view.position.log === home?.position.log) return { unknown: 'recognition.log_mismatch' };
  const listed = otherNetworkIssuerKey(parsed, view);
  if (listed !== undefined) return listed;
  const party = parsed.issuer === undefined ? undefined : view.parties.get(parsed.issuer);
  return party?.kind === 'issuer' ? { unknown: 'trust.key_not_found' } : undefined;
}

/** What a verdict says it consulted of the other network. */
export function evidenceOfOther(
  other: OtherNetwork | undefined,
  home: NetworkView | undefined,
  unpinned: Unpinned | undefined,
): Pick<Evidence, 'recognised'> {
  if (other === undefined) return {};
  const { name, follower } = other;
  const view = follower?.view();
  const contradiction = follower?.contradiction;
  const isReadable = view !== undefined && unpinned?.has(name) !== true && view.position.log !== home?.position.log;
  return {
    recognised: {
      name,
      ...(isReadable ? { network: view } : {}),
      ...(contradiction === undefined ? {} : { contradiction }),
    },
  };
}

/** An address from the log: officers chose it, and it still leads nowhere but to https or to this machine. */
export function mayFollow(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
  );
}

import {
  type BitstringReference,
  type Credential,
  credentialChecks,
  type Evidence,
  type ForeignBitstring,
  type ForeignStatus,
  type IssuerKey,
  isCodedError,
  type JsonObject,
  type NetworkView,
  networkIssuerKey,
  type Position,
  type PublicJwk,
  type SignatureResults,
  thumbprint,
} from '@holdfast/core';
import type { BitstringSource } from '../foreign/bitstring-source.ts';
import type { KeyResolver, ResolvedKey, UnresolvedKey } from '../foreign/key-resolver.ts';
import type { StatusSource } from '../foreign/status-source.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { Deadline } from './deadline.ts';
import type { FollowedNetwork } from './followed-network.ts';
import {
  evidenceOfOther,
  findOther,
  keyInOther,
  type OtherFollowers,
  type OtherNetwork,
  type Unpinned,
} from './other-networks.ts';
import { isTrustedByName, keyInPolicy, type Policy } from './policy.ts';

/** Where the evidence of strangers comes from. */
export type ForeignSources = {
  readonly keys: KeyResolver;
  readonly status: StatusSource;
  /** Without it no Bitstring Status List can be had. */
  readonly bitstrings?: BitstringSource;
};

export type EvidenceSources = {
  readonly follower?: FollowedNetwork;
  /** Networks beside it, for issuers that it does not know. */
  readonly followers?: OtherFollowers;
  /** Those of them that are not to be had as they were at the position that was asked for. */
  readonly unpinnedOthers?: Unpinned;
  readonly engine: SignatureEngine;
  readonly foreign?: ForeignSources;
  readonly policy: Policy;
};

/** One credential in search of its evidence. */
export type Search = {
  readonly parsed: Credential;
  /** Positions the asker has seen; of another log than ours they are nobody's to wait for. */
  readonly wanted: readonly Position[];
  /** Those of them that were asked for outright: a verdict is given there or beyond, also in another network. */
  readonly asked: readonly Position[];
  readonly deadline: Deadline;
  /** Unix milliseconds at which certificates must be valid. */
  readonly now: () => number;
  /** What else to ask, once all this is found; undefined when that is all. Everything is looked at anew after it. */
  readonly more?: (found: Found) => { ask(): Promise<void> } | undefined;
};

export type Found = { readonly evidence: Evidence; readonly signatures: SignatureResults };

/** What was asked so far. Each question is put once; only signatures are checked again when the key has changed. */
type Progress = {
  hasWaited: boolean;
  hasWaitedForOther: boolean;
  foreignKey: IssuerKey | { readonly unknown: string } | undefined;
  status: ForeignStatus | undefined;
  bitstrings: readonly ForeignBitstring[] | undefined;
  checked: { readonly key: PublicJwk; readonly signatures: SignatureResults | undefined } | undefined;
  /** The network's word on the key, as long as the view is the same. */
  own: { readonly view: NetworkView | undefined; readonly key: IssuerKey | { readonly unknown: string } | undefined };
};

/** More than any honest course of events needs; a network whose keys change under every look gets `unknown`. */
const MAX_ROUNDS = 12;

/**
 * Gathers what the verdict on one credential stands on: the network's word where it has one, else a stranger's. After
 * every wait everything is looked at anew, so what is returned was true of the network at one moment: the caller judges
 * before it awaits anything.
 */
export async function findEvidence(sources: EvidenceSources, search: Search): Promise<Found> {
  const progress: Progress = {
    hasWaited: false,
    hasWaitedForOther: false,
    foreignKey: undefined,
    status: undefined,
    bitstrings: undefined,
    checked: undefined,
    own: { view: undefined, key: undefined },
  };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = lookAround(sources, search, progress);
    if ('evidence' in found) return found;
    await found.ask();
  }
  return unchecked(sources, undefined, 'trust.key_unavailable');
}

/** What is known suffices, or the one thing to ask for next. */
function lookAround(sources: EvidenceSources, search: Search, progress: Progress): Found | { ask(): Promise<void> } {
  const { parsed } = search;
  const { follower } = sources;
  const view = follower?.view();
  if (view !== progress.own.view) progress.own = { view, key: keyInNetwork(parsed, view, sources.policy.profile) };
  const other = otherOf(sources, search, view);
  const own = progress.own.key ?? keyInOther(parsed, other, view, sources.unpinnedOthers);
  const isOwn = own !== undefined && 'key' in own;
  if (isOwn && !isChecked(progress, own)) return { ask: () => checkSignatures(sources.engine, parsed, own, progress) };
  const size = sizeWanted(search, view, follower !== undefined);
  // Only an authentic credential, or one whose issuer we may not have read of yet, makes us read on for its sake.
  const mayWait = progress.checked?.signatures?.issuer !== false;
  if (size > (view?.position.size ?? 0) && !progress.hasWaited && mayWait) {
    progress.hasWaited = true;
    return { ask: () => awaitSize(follower, size, search.deadline) };
  }
  const otherSize = sizeWanted(search, other?.follower?.view(), other?.follower !== undefined);
  if (otherSize > (other?.follower?.view()?.position.size ?? 0) && !progress.hasWaitedForOther && mayWait) {
    progress.hasWaitedForOther = true;
    return { ask: () => awaitSize(other?.follower, otherSize, search.deadline) };
  }
  const key = own ?? progress.foreignKey;
  if (key === undefined) return { ask: () => resolveForeignKey(sources, search, progress) };
  if ('unknown' in key) return unchecked(sources, other, key.unknown);
  if (!isChecked(progress, key)) return { ask: () => checkSignatures(sources.engine, parsed, key, progress) };
  const signatures = progress.checked?.signatures;
  if (signatures === undefined) return unchecked(sources, other, 'signature.unavailable');
  if (needsForeignStatus(parsed, key, signatures, view, progress)) {
    return { ask: () => readForeignStatus(sources.foreign, search, key, progress) };
  }
  if (parsed.bitstrings !== undefined && progress.bitstrings === undefined && signatures.issuer === true) {
    return { ask: () => readForeignBitstrings(sources.foreign, search, key, progress) };
  }
  const evidence = {
    ...baseOf(follower),
    ...evidenceOfOther(other, view, sources.unpinnedOthers),
    ...elsewhereOf([follower, other?.follower], search.wanted),
    issuerKey: key,
    ...(progress.status === undefined ? {} : { status: progress.status }),
    ...(progress.bitstrings === undefined ? {} : { bitstrings: progress.bitstrings }),
  };
  const found = { evidence, signatures };
  return search.more?.(found) ?? found;
}

/** Costs nothing where no network is followed beside our own. */
function otherOf({ followers, follower }: EvidenceSources, search: Search, view: NetworkView | undefined) {
  const isAlone = (followers?.size ?? 0) === 0 && (view?.recognitions?.size ?? 0) === 0;
  if (follower === undefined || isAlone) return undefined;
  return findOther(search, view, followers ?? NOBODY);
}

const NOBODY: OtherFollowers = new Map();

function baseOf(follower: FollowedNetwork | undefined): Pick<Evidence, 'network' | 'contradiction'> {
  const view = follower?.view();
  const contradiction = follower?.contradiction;
  return {
    ...(view === undefined ? {} : { network: view }),
    ...(contradiction === undefined ? {} : { contradiction }),
  };
}

/** A holder who was shown another history, and says so by a position in it, is not told that it was read here. */
function elsewhereOf(
  followers: readonly (FollowedNetwork | undefined)[],
  wanted: readonly Position[],
): Pick<Evidence, 'elsewhere'> {
  const isElsewhere = wanted.some((position) =>
    followers.some((follower) => follower?.isElsewhere?.(position) === true),
  );
  return isElsewhere ? { elsewhere: 'position.not_held' } : {};
}

/** Evidence without a signature that was looked at: whatever is known of the issuer then says nothing about this text. */
function unchecked(
  { follower, unpinnedOthers }: EvidenceSources,
  other: OtherNetwork | undefined,
  issuerUnknown: string,
): Found {
  const recognised = evidenceOfOther(other, follower?.view(), unpinnedOthers);
  return {
    evidence: { ...baseOf(follower), ...recognised, issuerUnknown },
    signatures: { issuer: undefined, holder: undefined },
  };
}

/**
 * Evidence of a text that nothing is looked up for, because it is no credential or because the network is not to be had as
 * it was where it is asked for (`unpinned`, the code of why): how far we had read.
 */
export function evidenceOfNothing(follower: FollowedNetwork | undefined, unpinned?: string): Found {
  return {
    evidence: { ...baseOf(follower), ...(unpinned === undefined ? {} : { unpinned }) },
    signatures: { issuer: undefined, holder: undefined },
  };
}

/**
 * An issuer of our network speaks with the keys the network lists for it and no others: a certificate of its own making
 * proves nothing there. Undefined: the network does not know it.
 */
function keyInNetwork(
  parsed: Credential,
  view: NetworkView | undefined,
  profile: string | undefined,
): IssuerKey | { readonly unknown: string } | undefined {
  if (view === undefined) return undefined;
  const listed = networkIssuerKey(parsed, view, profile);
  if (listed !== undefined) return listed;
  const party = parsed.issuer === undefined ? undefined : view.parties.get(parsed.issuer);
  return party?.kind === 'issuer' ? { unknown: 'trust.key_not_found' } : undefined;
}

/** How far to read before answering; 1 when nothing has been read at all. */
function sizeWanted({ parsed, wanted }: Search, view: NetworkView | undefined, isFollowing: boolean): number {
  if (view === undefined) return isFollowing ? 1 : 0;
  const { log } = view.position;
  const opened = parsed.network === undefined ? [] : [parsed.network];
  return Math.max(0, ...[...wanted, ...opened].filter((position) => position.log === log).map(({ size }) => size));
}

async function awaitSize(follower: FollowedNetwork | undefined, size: number, deadline: Deadline): Promise<void> {
  // Whatever comes of it, the verdict is given at the position then held.
  await deadline.within(async (signal) => follower?.awaitSize(size, signal), false);
}

function isChecked({ checked }: Progress, { key }: IssuerKey): boolean {
  return checked !== undefined && isSameKey(checked.key, key);
}

function isSameKey(a: PublicJwk, b: PublicJwk): boolean {
  return a.kty === b.kty && a.x === b.x && (a.kty !== 'EC' || b.kty !== 'EC' || a.y === b.y);
}

async function checkSignatures(
  engine: SignatureEngine,
  parsed: Credential,
  { key }: IssuerKey,
  progress: Progress,
): Promise<void> {
  const needed = credentialChecks(parsed, key);
  const signatures: SignatureResults | undefined = needed.ok
    ? await runChecks(engine, needed.checks)
    : { issuer: undefined, holder: undefined, refused: needed.reason.code };
  progress.checked = { key, signatures };
}

/** Undefined when the engine cannot work: that is no word about any signature. */
async function runChecks(
  engine: SignatureEngine,
  checks: Parameters<SignatureEngine['verify']>[0],
): Promise<SignatureResults | undefined> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const [issuer, holder] = await engine.verify(checks);
      return { issuer: issuer === true, holder: checks.length > 1 ? holder === true : undefined };
    } catch (error) {
      // A thread that died in the middle is replaced; asking a full queue again would only make it fuller.
      if (!isCodedError(error) || error.code !== 'signature.interrupted') return undefined;
    }
  }
  return undefined;
}

async function resolveForeignKey(
  { foreign, policy }: EvidenceSources,
  search: Search,
  progress: Progress,
): Promise<void> {
  const { parsed, deadline } = search;
  const held = parsed.header.x5c === undefined ? keyInPolicy(policy, parsed) : undefined;
  if (held !== undefined && parsed.issuer !== undefined) {
    progress.foreignKey = { source: 'policy', id: parsed.issuer, key: held, trust: 'yes' };
    return;
  }
  const silent: UnresolvedKey = { unknown: 'trust.key_unavailable' };
  const resolved =
    foreign === undefined
      ? { unknown: 'trust.issuer_unknown' }
      : await deadline.within(
          () => foreign.keys.resolve(parsed, search.now(), { waitMs: deadline.remainingMs() }).catch(() => silent),
          silent,
        );
  progress.foreignKey = 'unknown' in resolved ? resolved : issuerKeyOf(resolved, parsed.vct, policy);
}

function issuerKeyOf(resolved: ResolvedKey, type: string, policy: Policy): IssuerKey {
  const { source, id, name, key, asOf, digest, fingerprint } = resolved;
  const isSelfPublished = source !== 'x5c';
  const trust = isTrustedByName(policy, { id, key, isSelfPublished }, type) ? 'yes' : resolved.trust;
  return {
    source,
    id,
    ...(name === undefined ? {} : { name }),
    key,
    trust,
    ...(trust === 'yes' ? {} : { why: resolved.why ?? 'trust.issuer_unknown' }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(digest === undefined ? {} : { digest }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** Addresses inside a credential are followed for authentic ones only; an issuer of our network has its list in the fold. */
function needsForeignStatus(
  { status }: Credential,
  { source }: IssuerKey,
  { issuer }: SignatureResults,
  view: NetworkView | undefined,
  progress: Progress,
): boolean {
  if (
    status === undefined ||
    source === 'network' ||
    source === 'recognised' ||
    issuer !== true ||
    progress.status !== undefined
  )
    return false;
  return view?.lists.has(status.uri) !== true;
}

async function readForeignStatus(
  foreign: ForeignSources | undefined,
  search: Search,
  issuerKey: IssuerKey,
  progress: Progress,
): Promise<void> {
  const { parsed, deadline } = search;
  const { status } = parsed;
  if (foreign === undefined || status === undefined) return;
  const silent: ForeignStatus = { ok: false, uri: status.uri, why: 'status.unavailable' };
  const keyFor = (header: JsonObject) => listKey(foreign.keys, search, issuerKey, header);
  const read = await deadline.within(
    () => foreign.status.readVerified(status, keyFor, { waitMs: deadline.remainingMs() }).catch(() => silent),
    silent,
  );
  // Only what the verdict reads: the rest of an answer is for the operator.
  progress.status = read.ok ? read : { ok: false, uri: read.uri, why: read.why };
}

/** All entries count, so all their lists are read, at once. */
async function readForeignBitstrings(
  foreign: ForeignSources | undefined,
  search: Search,
  issuerKey: IssuerKey,
  progress: Progress,
): Promise<void> {
  const { parsed, deadline } = search;
  const keyFor = (header: JsonObject) =>
    foreign === undefined ? undefined : listKey(foreign.keys, search, issuerKey, header);
  const readOne = async (entry: BitstringReference): Promise<ForeignBitstring> => {
    const silent = { ok: false, uri: entry.uri, why: 'status.unavailable' } as const;
    const { bitstrings } = foreign ?? {};
    if (bitstrings === undefined) return silent;
    const question = { ...entry, issuer: parsed.issuer };
    const read = await deadline.within(
      () => bitstrings.readVerified(question, keyFor, { waitMs: deadline.remainingMs() }).catch(() => silent),
      silent,
    );
    return read.ok ? read : { ok: false, uri: read.uri, why: read.why };
  };
  progress.bitstrings = await Promise.all((parsed.bitstrings ?? []).map(readOne));
}

/**
 * The key a list must be signed with: the credential's own, or another that the same issuer proves in the same way, by
 * the same document or under the same certificate.
 */
async function listKey(
  keys: KeyResolver,
  { parsed, deadline, now }: Search,
  issuerKey: IssuerKey,
  header: JsonObject,
): Promise<PublicJwk | undefined> {
  const kid = typeof header.kid === 'string' ? header.kid : undefined;
  const x5c = isTexts(header.x5c) ? header.x5c : undefined;
  const namesOwn = kid === undefined || kid === parsed.header.kid || kid === thumbprint(issuerKey.key);
  if (x5c === undefined && (namesOwn || issuerKey.source === 'x5c')) return issuerKey.key;
  const signed = { header: { kid, x5c }, issuer: parsed.issuer };
  const resolved = await keys.resolve(signed, now(), { waitMs: deadline.remainingMs() });
  if ('unknown' in resolved) return undefined;
  const isSame =
    resolved.source === issuerKey.source &&
    resolved.id === issuerKey.id &&
    (resolved.source !== 'x5c' || resolved.fingerprint === issuerKey.fingerprint);
  return isSame ? resolved.key : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

import { credentialChecks } from '../credential/credential-checks.ts';
import { type Credential, type ParsedCredential, parseCredential } from '../credential/parsed-credential.ts';
import { compareBytes, sha256 } from '../encoding/bytes.ts';
import { parseJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { keysInForce } from '../fold/authority.ts';
import { lateRevocationsSchema } from '../fold/lateness.ts';
import { rootOfLeaves } from '../fold/sections.ts';
import type { StatusList } from '../fold/state.ts';
import { type Party, parseStatement, partySchema, type Section, type StatementOf } from '../fold/statement.ts';
import { type Position, parsePosition } from '../log/position.ts';
import { verifyInclusion } from '../log/proof.ts';
import { leafHash } from '../log/tree.ts';
import { rulebookSchema } from '../rulebook/rulebook.ts';
import { unpackStatuses } from '../status/packed.ts';
import { networkIssuerKey, otherNetworkIssuerKey } from '../trust/issuer-key.ts';
import { recognitionRecordSchema } from '../trust/recognition.ts';
import { encodeVerdict, parseVerdictEnvelope, type VerdictEnvelope } from './envelope.ts';
import type {
  Evidence,
  ForeignBitstring,
  ForeignStatus,
  IssuerKey,
  NetworkView,
  RecognisedEvidence,
} from './evidence.ts';
import { judge } from './judge.ts';
import { homePosition, otherPosition } from './positions.ts';
import type { Verdict } from './verdict.ts';
import { openWitnesses, type ProvedWitnesses } from './witnessed.ts';

/** One section of an epoch: its leaves as canonical JSON texts, all of them. */
export type SectionLeaves = readonly string[];

/** A status list, with its RFC 6962 proof (base64url hashes) in the section `lists` of an epoch. */
export type ProvedList = {
  readonly leaf: string;
  readonly index: number;
  readonly count: number;
  readonly proof: readonly string[];
  /** base64url of the packed, uncompressed bytes. */
  readonly packed: string;
};

/** What a verdict reads of a network, proved against the root of one position. */
export type ProvedNetwork = {
  /** Entry 0; its SHA-256 is the network's name. */
  readonly genesis: string;
  /** The epoch's entry, and the RFC 6962 inclusion proof (base64url hashes) under the position's root. */
  readonly epoch: { readonly entry: string; readonly inclusion: readonly string[] };
  readonly rulebook: SectionLeaves;
  readonly parties: SectionLeaves;
  readonly critical: SectionLeaves;
  /** What it takes of other networks; there when a verdict consulted one. */
  readonly recognitions?: SectionLeaves;
  /** What stands against its issuers; there when a policy asked for that. */
  readonly incidents?: SectionLeaves;
  /** The list the credential names; absent when the network has no such list. */
  readonly list?: ProvedList;
  /** What witnesses had said; absent where they had said nothing, or none are named. */
  readonly witnessed?: ProvedWitnesses;
};

/** A list of a stranger with its bytes in base64url. */
type Written<List extends ForeignStatus | ForeignBitstring> =
  | (Omit<Extract<List, { ok: true }>, 'packed'> & { readonly packed: string })
  | Extract<List, { ok: false }>;

/**
 * Everything needed to judge again offline, each part proved against the position in the verdict's basis. Made by the
 * verifier that holds the presentation; contains it, so it is as private as the credential.
 */
export type ReplayBundle = {
  readonly v: 1;
  /** The signed verdict (compact JWS). */
  readonly signed: string;
  readonly presented: string;
  readonly network?: ProvedNetwork;
  /** The other network that was consulted, and the code of what was wrong with its feed. */
  readonly recognised?: { readonly network?: ProvedNetwork; readonly contradiction?: string };
  /** What was fetched from strangers, as it was judged. */
  readonly foreign?: {
    readonly issuerKey?: IssuerKey;
    readonly issuerUnknown?: string;
    readonly status?: Written<ForeignStatus>;
    readonly bitstrings?: readonly Written<ForeignBitstring>[];
  };
  /** What external checks had found, as it was judged. */
  readonly checks?: Evidence['checks'];
  /** Code of a fault of the feed that was known. */
  readonly contradiction?: string;
  /** Code of why it could not be judged at the position it was asked at. */
  readonly unpinned?: string;
  /** Code of why a position that the asker had seen was of no history read there. */
  readonly elsewhere?: string;
};

export type ReplayCheck = {
  readonly name: 'verdict' | 'genesis' | 'epoch' | 'other-genesis' | 'other-epoch' | 'witness' | 'issuer' | 'holder';
  readonly check: SignatureCheck;
};

/** A bundle whose proofs hold; what is left is to check the signatures and to judge again. */
export type ReplayPlan = {
  readonly envelope: VerdictEnvelope;
  readonly parse: ParsedCredential;
  readonly evidence: Evidence;
  readonly checks: readonly ReplayCheck[];
  /** Code when the issuer's key cannot have made the signature at all. */
  readonly refused?: string;
  /** Whether the verdict's own key is accredited by the network it cites. */
  readonly isKeyAccredited: boolean;
};

export type ReplayResult = {
  readonly same: boolean;
  /** Names of signatures that must hold for a replay to mean anything, and do not. */
  readonly broken: readonly string[];
  readonly recorded: Verdict;
  readonly recomputed: Verdict;
};

function broken(what: string): CodedError {
  return new CodedError('replay.unproved', `This bundle does not prove its ${what}.`, { what });
}

/** Opens a bundle and checks every proof in it. Throws `replay.unproved` naming what does not hold, or a parse code. */
export function prepareReplay(bundle: ReplayBundle): ReplayPlan {
  const { jws, kid, envelope } = parseVerdictEnvelope(bundle.signed);
  const { basis } = envelope.verdict;
  const parse = parseCredential(bundle.presented);
  if (parse.presentedDigest !== basis.presented) throw broken('presentation');
  const opened = bundle.network === undefined ? undefined : openReplayed(bundle.network, envelope);
  if (opened === undefined && basis.positions.length > 0) throw broken('network');
  const other = openOther(bundle, basis);
  const evidence = evidenceOf(bundle, parse, { home: opened?.view, profile: basis.profile, ...other });
  const verifier = opened?.view.parties.get(envelope.iss);
  const verdictKey = keysInForce(verifier, 'verdict', opened?.view.position.time ?? 0).find(
    (key) => thumbprint(key) === kid,
  );
  const checks: ReplayCheck[] = [...(opened?.checks ?? []), ...other.checks];
  if (verdictKey !== undefined) checks.unshift({ name: 'verdict', check: signatureCheck(jws, verdictKey) });
  const plan = { envelope, parse, evidence, isKeyAccredited: verdictKey !== undefined };
  if (!parse.ok || evidence.issuerKey === undefined) return { ...plan, checks };
  const needed = credentialChecks(parse, evidence.issuerKey.key);
  if (!needed.ok) return { ...plan, checks, refused: needed.reason.code };
  const names = ['issuer', 'holder'] as const;
  const own = needed.checks.map((check, i) => ({ name: names[i] ?? 'holder', check }));
  return { ...plan, checks: [...checks, ...own] };
}

function openReplayed({ list, ...network }: ProvedNetwork, { verdict: { basis } }: VerdictEnvelope) {
  if (basis.recognised !== undefined && network.recognitions === undefined) throw broken('recognitions');
  const position = parsePosition(homePosition(basis) ?? null);
  const place = { position, name: basis.rulebook?.network, isPinned: isPinned(basis) };
  return openNetwork(network, list === undefined ? [] : [list], place);
}

function isPinned({ request }: Verdict['basis']): boolean {
  return request.freshness.mode === 'at';
}

type OpenedOther = { readonly recognised?: RecognisedEvidence; readonly checks: readonly ReplayCheck[] };

/** The other network, by the name and at the position that the verdict says: nothing else of the bundle says which it was. */
function openOther({ recognised: bundled }: ReplayBundle, basis: Verdict['basis']): OpenedOther {
  const { positions, recognised } = basis;
  if (recognised === undefined) return { checks: [] };
  const { network: name } = recognised;
  const told = bundled?.contradiction === undefined ? {} : { contradiction: bundled.contradiction };
  const held = otherPosition({ positions, recognised });
  if (held === undefined) return { recognised: { name, ...told }, checks: [] };
  if (bundled?.network === undefined) throw broken('other network');
  const { list, ...network } = bundled.network;
  const place = { position: parsePosition(held), name, isPinned: isPinned(basis) };
  const opened = openNetwork(network, list === undefined ? [] : [list], place);
  const named: Partial<Record<ReplayCheck['name'], ReplayCheck['name']>> = {
    genesis: 'other-genesis',
    epoch: 'other-epoch',
  };
  const checks = opened.checks.map(({ name: which, check }) => ({ name: named[which] ?? which, check }));
  return { recognised: { name, network: opened.view, ...told }, checks };
}

/** A network opened from its proofs; it counts once the checks of its genesis and epoch have passed. */
export type OpenedNetwork = { readonly view: NetworkView; readonly checks: readonly ReplayCheck[] };

/**
 * Checks every proof of a network against the root of `position`, and its genesis against its name. Throws `replay.unproved`
 * naming the part that does not hold, or a parse code.
 */
export function openNetwork(
  network: Omit<ProvedNetwork, 'list'>,
  lists: readonly ProvedList[],
  {
    position,
    name: expected,
    isPinned: isOfPast = false,
  }: {
    readonly position: Position;
    readonly name: string | undefined;
    /** Judged as of the position, by its own time. */
    readonly isPinned?: boolean;
  },
): OpenedNetwork {
  const name = encodeBase64url(sha256(encodeUtf8(network.genesis)));
  if (name !== expected) throw broken('genesis');
  const genesis = parseStatement(network.genesis);
  const epoch = parseStatement(network.epoch.entry);
  if (!genesis.ok || genesis.statement.body.type !== 'rulebook') throw broken('genesis');
  if (!epoch.ok || epoch.statement.body.type !== 'epoch') throw broken('epoch');
  const body = epoch.statement.body;
  if (body.size !== position.size - 1 || body.time !== position.time) throw broken('epoch');
  const isIncluded = proving('epoch', () =>
    verifyInclusion({
      leafHash: leafHash(epoch.statement.bytes),
      index: body.size,
      size: position.size,
      root: parseBase64url(position.root),
      proof: network.epoch.inclusion.map(parseBase64url),
    }),
  );
  if (!isIncluded) throw broken('epoch');
  const rulebook = rulebookIn(provedLeaves(network.rulebook, body, 'rulebook'));
  // The genesis is pinned by its hash, so its keys are the root of all that follows.
  const { keys } = genesis.statement.body.body;
  const checks: ReplayCheck[] = [
    { name: 'genesis', check: signatureCheck(genesis.statement.jws, keys.governor) },
    { name: 'epoch', check: signatureCheck(epoch.statement.jws, keys.network) },
  ];
  const view: NetworkView = {
    name,
    position,
    rulebook,
    parties: partiesIn(provedLeaves(network.parties, body, 'parties')),
    lists: new Map(lists.map((list) => proving('status list', () => listIn(list, body)))),
    critical: new Set(provedLeaves(network.critical, body, 'critical').map(([subject]) => String(subject))),
    ...recognitionsIn(network.recognitions, body),
    ...lateIn(network.incidents, body),
  };
  const opened = isOfPast ? undefined : openWitnesses(view, network.witnessed);
  if (opened === undefined) return { view, checks };
  const cosigned = opened.checks.map((check) => ({ name: 'witness' as const, check }));
  return { view: { ...view, witnessed: opened.witnessed }, checks: [...checks, ...cosigned] };
}

/** Runs a step over what a stranger wrote: what cannot even be read proves nothing, and is named like what is false. */
function proving<Value>(what: string, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    if (!isCodedError(error) || error.code === 'replay.unproved') throw error;
    throw broken(what);
  }
}

/** The leaves of a whole section, once their root is what the epoch committed to. */
function provedLeaves(leaves: SectionLeaves, epoch: StatementOf<'epoch'>, section: Section): unknown[][] {
  return proving(section, () => {
    if (rootOfLeaves(leaves.map(encodeUtf8)) !== epoch.sections[section]) throw broken(section);
    return leaves.map(parseLeaf);
  });
}

function parseLeaf(leaf: string): unknown[] {
  const value = parseJson(leaf, { maxLength: 262_144, maxDepth: 16 });
  if (!Array.isArray(value)) throw broken('leaves');
  return value as unknown[];
}

function rulebookIn(leaves: readonly unknown[][]): NonNullable<NetworkView['rulebook']> {
  const inForce = leaves.find(([kind]) => kind === 'in-force');
  const parsed = rulebookSchema.safeParse(inForce?.[2]);
  if (typeof inForce?.[1] !== 'number' || !parsed.success) throw broken('rulebook');
  return { index: inForce[1], body: parsed.data };
}

function recognitionsIn(
  leaves: SectionLeaves | undefined,
  epoch: StatementOf<'epoch'>,
): Pick<NetworkView, 'recognitions'> {
  if (leaves === undefined) return {};
  const records = provedLeaves(leaves, epoch, 'recognitions').map(([network, record]) => {
    const parsed = recognitionRecordSchema.safeParse(record);
    if (!parsed.success) throw broken('recognitions');
    return [String(network), parsed.data] as const;
  });
  return { recognitions: new Map(records) };
}

function lateIn(leaves: SectionLeaves | undefined, epoch: StatementOf<'epoch'>): Pick<NetworkView, 'late'> {
  if (leaves === undefined) return {};
  const known = provedLeaves(leaves, epoch, 'incidents').filter((leaf) => leaf.length === 3 && leaf[0] === 'late');
  return { late: new Map(known.map(([, issuer, late]) => [String(issuer), lateRevocationsSchema.parse(late)])) };
}

function partiesIn(leaves: readonly unknown[][]): Map<string, Party> {
  return new Map(leaves.map(([id, party]) => [String(id), partySchema.parse(party)]));
}

function listIn(list: ProvedList, epoch: StatementOf<'epoch'>): [string, StatusList] {
  const isProved = verifyInclusion({
    leafHash: leafHash(encodeUtf8(list.leaf)),
    index: list.index,
    size: list.count,
    root: parseBase64url(epoch.sections.lists),
    proof: list.proof.map(parseBase64url),
  });
  const [id, digest, about] = parseLeaf(list.leaf) as [string, string, Omit<StatusList, 'id' | 'values' | 'digest'>];
  const packed = parseBase64url(list.packed);
  if (!isProved || compareBytes(sha256(packed), parseBase64url(digest)) !== 0) throw broken('status list');
  const values = unpackStatuses(packed, about.bits, about.size);
  return [id, { ...about, id, values, digest }];
}

type Opened = {
  readonly home: NetworkView | undefined;
  readonly recognised?: RecognisedEvidence;
  readonly profile: string | undefined;
};

function evidenceOf(
  bundle: ReplayBundle,
  parse: ParsedCredential,
  { home: view, recognised, profile }: Opened,
): Evidence {
  const own = parse.ok ? keyIn(parse, { home: view, other: recognised?.network, profile }) : undefined;
  const { issuerUnknown, status, bitstrings } = bundle.foreign ?? {};
  // A verdict that was given without a key stays one, although the network lists it: no signature was looked at.
  const issuerKey = bundle.foreign?.issuerKey ?? (issuerUnknown === undefined ? own : undefined);
  return {
    ...(view === undefined ? {} : { network: view }),
    ...(recognised === undefined ? {} : { recognised }),
    ...(bundle.checks === undefined ? {} : { checks: bundle.checks }),
    ...(bundle.contradiction === undefined ? {} : { contradiction: bundle.contradiction }),
    ...(bundle.unpinned === undefined ? {} : { unpinned: bundle.unpinned }),
    ...(bundle.elsewhere === undefined ? {} : { elsewhere: bundle.elsewhere }),
    ...(issuerKey === undefined ? {} : { issuerKey }),
    ...(issuerUnknown === undefined ? {} : { issuerUnknown }),
    ...(status === undefined ? {} : { status: listOf<ForeignStatus>(status) }),
    ...(bitstrings === undefined ? {} : { bitstrings: bitstrings.map((list) => listOf<ForeignBitstring>(list)) }),
  };
}

/** Nothing signs what a stranger's list said, but the basis has its digest: other bytes are another list. */
function listOf<List extends ForeignStatus | ForeignBitstring>(list: Written<List>): List {
  const { packed: written, digest, ...rest } = list as { readonly packed?: string; readonly digest?: string };
  if (written === undefined) return list as unknown as List;
  const packed = proving('foreign list', () => parseBase64url(written));
  if (encodeBase64url(sha256(packed)) !== digest) throw broken('foreign list');
  return { ...rest, digest, packed } as unknown as List;
}

/** An issuer that the verifier's own network lists is that network's alone. */
function keyIn(
  parsed: Credential,
  {
    home,
    other,
    profile,
  }: { home: NetworkView | undefined; other: NetworkView | undefined; profile: string | undefined },
): IssuerKey | undefined {
  const isOurs = parsed.issuer !== undefined && home?.parties.get(parsed.issuer)?.kind === 'issuer';
  if (home !== undefined && (isOurs || other === undefined)) return networkIssuerKey(parsed, home, profile);
  return other === undefined ? undefined : otherNetworkIssuerKey(parsed, other);
}

/** Judges again with `results` answering the plan's checks in order, and compares byte for byte. */
export function judgeReplay(plan: ReplayPlan, results: readonly boolean[]): ReplayResult {
  const { envelope, parse, evidence, checks, refused } = plan;
  const resultOf = (name: ReplayCheck['name']) => results[checks.findIndex((entry) => entry.name === name)];
  const { request, policy, anchors, profile, issuers, tick } = envelope.verdict.basis;
  const recomputed = judge({
    parse,
    signatures: {
      issuer: resultOf('issuer'),
      holder: resultOf('holder'),
      ...(refused === undefined ? {} : { refused }),
    },
    evidence,
    request,
    policy,
    ...(anchors === undefined ? {} : { anchors }),
    ...(profile === undefined ? {} : { profile }),
    ...(issuers === undefined ? {} : { issuerTerms: issuers }),
    tick,
  });
  const required: readonly ReplayCheck['name'][] = [
    ...(['verdict', 'genesis', 'epoch', 'other-genesis', 'other-epoch', 'witness'] as const),
  ];
  const broken = required.filter((name) => checks.some((entry, i) => entry.name === name && results[i] !== true));
  const same = broken.length === 0 && encodeVerdict(recomputed) === encodeVerdict(envelope.verdict);
  return { same, broken, recorded: envelope.verdict, recomputed };
}

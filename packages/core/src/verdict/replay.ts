import type { z } from 'zod';
import { credentialChecks } from '../credential/credential-checks.ts';
import { type Credential, type ParsedCredential, parseCredential } from '../credential/parsed-credential.ts';
import { compareBytes, sha256 } from '../encoding/bytes.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { accreditedSinceSchema } from '../fold/accredited-since.ts';
import { keysInForce } from '../fold/authority.ts';
import { lateRevocationsSchema } from '../fold/lateness.ts';
import type { StatusList } from '../fold/state.ts';
import type { StatementOf } from '../fold/statement.ts';
import { type Position, parsePosition } from '../log/position.ts';
import { verifyInclusion } from '../log/proof.ts';
import { leafHash } from '../log/tree.ts';
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
import {
  broken,
  leafIn,
  openEpoch,
  type ProvedEpoch,
  partiesIn,
  predecessorsIn,
  provedLeaves,
  proving,
  rulebookIn,
  type SectionLeaves,
} from './proved-sections.ts';
import { openFounding, type SuccessionStep } from './successions.ts';
import type { Verdict } from './verdict.ts';
import { openWitnesses, type ProvedWitnesses } from './witnessed.ts';

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
  /** Entry 0 of the network's first log; its SHA-256 is the network's name. */
  readonly genesis: string;
  /** How the network went over to the log of the position, where that is not its first. */
  readonly successions?: readonly SuccessionStep[];
  /** The epoch's entry, and the RFC 6962 inclusion proof (base64url hashes) under the position's root. */
  readonly epoch: ProvedEpoch;
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
  readonly name:
    | 'verdict'
    | 'genesis'
    | 'succession'
    | 'epoch'
    | 'other-genesis'
    | 'other-epoch'
    | 'witness'
    | 'issuer'
    | 'holder';
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
  const { founding, checks: founded } = openFounding(network, expected);
  const { name } = founding;
  if (position.log !== founding.origin) throw broken('genesis');
  const { body, check } = openEpoch(network.epoch, position, founding);
  const proved = provedLeaves(network.rulebook, body, 'rulebook');
  const rulebook = rulebookIn(proved);
  const predecessors = predecessorsIn(proved);
  const checks: ReplayCheck[] = [...founded, { name: 'epoch', check }];
  const view: NetworkView = {
    name,
    position,
    rulebook,
    parties: partiesIn(provedLeaves(network.parties, body, 'parties')),
    lists: new Map(lists.map((list) => proving('status list', () => listIn(list, body)))),
    critical: new Set(provedLeaves(network.critical, body, 'critical').map(([subject]) => String(subject))),
    ...recognitionsIn(network.recognitions, body),
    ...recordIn(network.incidents, body),
    ...(predecessors.length === 0 ? {} : { predecessors }),
  };
  const opened = isOfPast ? undefined : openWitnesses(view, network.witnessed);
  if (opened === undefined) return { view, checks };
  const cosigned = opened.checks.map((check) => ({ name: 'witness' as const, check }));
  return { view: { ...view, witnessed: opened.witnessed }, checks: [...checks, ...cosigned] };
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

function recordIn(leaves: SectionLeaves | undefined, epoch: StatementOf<'epoch'>): Pick<NetworkView, 'late' | 'since'> {
  if (leaves === undefined) return {};
  const known = provedLeaves(leaves, epoch, 'incidents').filter((leaf) => leaf.length === 3);
  const of = <Value>(kind: 'late' | 'since', schema: z.ZodType<Value>) =>
    known
      .filter(([first]) => first === kind)
      .map(([, issuer, value]) => {
        const parsed = schema.safeParse(value);
        if (!parsed.success) throw broken('incidents');
        return [String(issuer), parsed.data] as const;
      });
  return { late: new Map(of('late', lateRevocationsSchema)), since: new Map(of('since', accreditedSinceSchema)) };
}

function listIn(list: ProvedList, epoch: StatementOf<'epoch'>): [string, StatusList] {
  const isProved = verifyInclusion({
    leafHash: leafHash(encodeUtf8(list.leaf)),
    index: list.index,
    size: list.count,
    root: parseBase64url(epoch.sections.lists),
    proof: list.proof.map(parseBase64url),
  });
  const [id, digest, about] = leafIn(list.leaf) as [string, string, Omit<StatusList, 'id' | 'values' | 'digest'>];
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
    ...(['verdict', 'genesis', 'succession', 'epoch', 'other-genesis', 'other-epoch', 'witness'] as const),
  ];
  const broken = required.filter((name) => checks.some((entry, i) => entry.name === name && results[i] !== true));
  const same = broken.length === 0 && encodeVerdict(recomputed) === encodeVerdict(envelope.verdict);
  return { same, broken, recorded: envelope.verdict, recomputed };
}

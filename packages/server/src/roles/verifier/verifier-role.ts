import {
  assert,
  CodedError,
  canonicalJson,
  type DecidingEntry,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type ParsedCredential,
  type Position,
  parseCredential,
  parseVerdictEnvelope,
  type ReplayBundle,
  thumbprint,
  type VerdictRequest,
  verdictSigningParts,
} from '@holdfast/core';
import type { SignatureEngine, Verified, Verifier } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { PresentationStore } from '../../ports/presentation-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Signer } from '../../ports/signer.ts';
import type { VerdictFilter, VerdictRecord, VerdictStore } from '../../ports/verdict-store.ts';
import { assertVerifierConfig, boundsOf, type VerifierConfig } from './config.ts';
import { type FeedHealth, healthOf } from './health.ts';
import { encodeKeptEvidence, keptEvidenceOf, parseKeptEvidence } from './kept-evidence.ts';
import type { VerifierFeed } from './neighbours.ts';
import { createPastNetwork } from './past-network.ts';
import { createPresentations, type Presentations } from './presentations.ts';
import type { Question, SignedVerdict } from './question.ts';
import { createSweeps, type Swept } from './sweeps.ts';

/** A verdict as the store has it, and whether it can still be replayed. */
export type KeptVerdict = Omit<VerdictRecord, 'sealed'> & { readonly isReplayable: boolean };

export type VerifierDescription = {
  readonly id: string;
  readonly name: string;
  readonly party: string;
  /** Thumbprint of the key that signs its verdicts. */
  readonly key: string;
  readonly position: Position | null;
  readonly health: FeedHealth;
};

export interface VerifierRole {
  readonly id: string;
  readonly name: string;
  describe(): VerifierDescription;
  /**
   * Judges, signs, keeps, answers, in this order: a verdict that was answered is kept. Throws `verify.overloaded`, or
   * what signer and store throw; then no verdict was given.
   */
  verify(question: Question): Promise<SignedVerdict>;
  /** Throws `verdict.not-found`. */
  verdict(id: string): Promise<KeptVerdict>;
  latest(filter: VerdictFilter): Promise<readonly KeptVerdict[]>;
  /** Throws `verdict.not-found`, `verdict.erased`, `verdict.log-lost`, `verdict.unreadable`. */
  replayBundle(id: string): Promise<ReplayBundle>;
  /**
   * The entry of the log that had given the credential its status where this verdict stood, and who decided it; undefined
   * when none had. Throws as `replayBundle`.
   */
  deciding(id: string): Promise<DecidingEntry | undefined>;
  readonly presentations: Presentations;
  /** Erases what is due once; see `VerifierBounds`. */
  sweep(): Promise<Swept>;
  /** Erases what is due, again and again, until the signal aborts. */
  runSweeps(signal: AbortSignal): Promise<void>;
}

export type VerifierRoleOptions = {
  readonly config: VerifierConfig;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: Pick<Signer, 'sign'>;
  readonly store: VerdictStore;
  readonly presentations: PresentationStore;
  readonly sealer: Sealer;
  /** The library, over the same follower. */
  readonly verifier: Verifier;
  readonly feed?: VerifierFeed;
  /** For replay: the log is folded again, and every signature in it is checked again. */
  readonly engine: SignatureEngine;
};

const ID_BYTES = 16;
const SUBJECT = 'verdict subject';

/** One verifier: the library that judges, and what makes its answers last: signature, record, replay, retention. */
export function createVerifierRole(options: VerifierRoleOptions): VerifierRole {
  const { config, clock, entropy, signer, store, sealer, verifier, feed } = options;
  assertVerifierConfig(config);
  const { id, name, keys } = config;
  const bounds = boundsOf(config);
  const party = config.party ?? id;
  const kid = thumbprint(keys.verdict.key);
  const past = feed === undefined ? undefined : createPastNetwork(feed.store, options.engine);
  let underWay = 0;

  async function verify(question: Question): Promise<SignedVerdict> {
    if (underWay >= bounds.maxUnderWay) {
      throw new CodedError('verify.overloaded', 'Too many verifications are under way; try again.');
    }
    // Under load nobody waits for others any more: an answer from what is here, now, beats a better one too late.
    const deadlineMs = underWay >= bounds.maxWaiting ? 0 : question.deadlineMs;
    underWay += 1;
    try {
      const text = textOf(question);
      const verified = await verifier.verify(text, requestOf(question), {
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(question.seen === undefined ? {} : { seen: question.seen }),
      });
      return await sign(text, verified);
    } finally {
      underWay -= 1;
    }
  }

  async function sign(text: string, { verdict, parse, evidence, durationMs }: Verified): Promise<SignedVerdict> {
    const verdictId = encodeBase64url(entropy.bytes(ID_BYTES));
    const kept = keptEvidenceOf(text, evidence);
    const answeredAt = clock.now();
    const envelope = { iss: party, iat: Math.floor(answeredAt / 1000), jti: verdictId, durationMs, verdict };
    const signingInput = encodeSigningInput(...verdictSigningParts(envelope, 'ES256', kid));
    const [signature, sealed, subject] = await Promise.all([
      signer.sign(keys.verdict.name, encodeUtf8(signingInput)),
      encodeKeptEvidence(kept).then((bytes) => sealer.seal(bytes, sealContext(verdictId))),
      sealer.pseudonym(subjectOf(parse), SUBJECT),
    ]);
    const jws = encodeJws(signingInput, signature);
    const { credential } = verdict.basis;
    const named = credential === undefined ? {} : { credential };
    await store.append({ id: verdictId, subject, ...named, answeredAt, signed: jws, sealed });
    return { id: verdictId, jws, verdict, durationMs };
  }

  async function replayBundle(verdictId: string): Promise<ReplayBundle> {
    const { signed, kept, position, status } = await readKept(verdictId);
    const network = position === undefined ? undefined : await past?.prove(position, status?.uri);
    return { v: 1, signed, ...kept, ...(network === undefined ? {} : { network }) };
  }

  async function deciding(verdictId: string): Promise<DecidingEntry | undefined> {
    const { position, status } = await readKept(verdictId);
    if (position === undefined || status === undefined) return undefined;
    return past?.decide(position, status);
  }

  /** A verdict with what was presented for it, and where in its network it stood. */
  async function readKept(verdictId: string) {
    const { signed, sealed } = await readRecord(verdictId);
    if (sealed === undefined) {
      throw new CodedError('verdict.erased', 'What was presented for this verdict has been erased, as was promised.');
    }
    const kept = await parseKeptEvidence(await sealer.open(sealed, sealContext(verdictId)));
    const [position] = parseVerdictEnvelope(signed).envelope.verdict.basis.positions;
    const parse = parseCredential(kept.presented);
    return { signed, kept, position, status: parse.ok ? parse.status : undefined };
  }

  async function readRecord(verdictId: string): Promise<VerdictRecord> {
    const record = await store.read(verdictId);
    if (record === undefined) throw new CodedError('verdict.not-found', 'No verdict with this id is kept here.');
    return record;
  }

  const requests = createPresentations({ ...options, bounds, verify });
  const sweeps = createSweeps({ clock, store, presentations: options.presentations, bounds });
  return {
    id,
    name,
    describe() {
      const health = healthOf(feed?.follower, clock.now());
      return { id, name, party, key: kid, position: feed?.follower.view()?.position ?? null, health };
    },
    verify,
    verdict: async (verdictId) => keptVerdict(await readRecord(verdictId)),
    latest: async (filter) => (await store.readLatest(filter)).map(keptVerdict),
    replayBundle,
    deciding,
    presentations: requests,
    ...sweeps,
  };
}

function textOf({ credential, presentation }: Question): string {
  assert((credential === undefined) !== (presentation === undefined), 'a question is about one text');
  return credential ?? presentation ?? '';
}

function requestOf({ nonce, audience, query, want }: Question): VerdictRequest {
  const { class: action = 'view', freshness = { mode: 'any' }, amount } = want ?? {};
  return {
    class: action,
    freshness,
    ...(amount === undefined ? {} : { amount }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
    ...(query === undefined ? {} : { query }),
  };
}

/** Binds what is sealed to its row: moved to another, it does not open. */
function sealContext(id: string): string {
  return `verdict ${id}`;
}

/**
 * What makes two texts the same subject at one verifier: their place in a status list, which every presentation of a
 * credential shares; without one, what the issuer signed; and of what cannot be read, the text.
 */
function subjectOf(parse: ParsedCredential): string {
  if (!parse.ok) return canonicalJson(['text', parse.presentedDigest]);
  const { status, issuerJwt } = parse;
  return canonicalJson(
    status === undefined ? ['signed', issuerJwt.signingInput] : ['status', status.uri, status.index],
  );
}

function keptVerdict({ sealed, ...record }: VerdictRecord): KeptVerdict {
  return { ...record, isReplayable: sealed !== undefined };
}

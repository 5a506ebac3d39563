import {
  asksRecord,
  CodedError,
  canonicalJson,
  encodeId,
  encodeJws,
  encodeUtf8,
  encodeVerdictInput,
  homePosition,
  isCodedError,
  otherPosition,
  type ParsedCredential,
  type Position,
  parseBase64url,
  parseCredential,
  parseVerdictEnvelope,
  thumbprint,
  type Verdict,
} from '@holdfast/core';
import type { Verified } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Signer } from '../../ports/signer.ts';
import type { VerdictFilter, VerdictRecord, VerdictStore } from '../../ports/verdict-store.ts';
import type { RoleKeys } from '../../role-keys/role-keys.ts';
import type { VerifierConfig } from './config.ts';
import { createEvidenceArchive, type KeptEvidence } from './kept-evidence.ts';
import type { SignedVerdict } from './question.ts';

/** A verdict as the store has it, and whether it can still be replayed. */
export type KeptVerdict = Omit<VerdictRecord, 'sealed'> & { readonly isReplayable: boolean };

/** A verdict with what was presented for it, opened, and where it stood. */
export type OpenedVerdict = {
  readonly signed: string;
  readonly kept: KeptEvidence;
  readonly position: Position | undefined;
  /** The other network that it consulted, and where it stood there. */
  readonly other?: { readonly name: string; readonly position: Position | undefined; readonly isIssuers: boolean };
  readonly status: { readonly uri: string; readonly index: number } | undefined;
  /** Whether its policy asked for the record of issuers. */
  readonly asksRecords: boolean;
};

/** A verdict that may be answered, and its verifier's pseudonym of the credential. */
export type WrittenVerdict = { readonly given: SignedVerdict; readonly subject: string };

export type WriteOptions = {
  /** The asker's name for the question: under one name there is one verdict. */
  readonly key?: string;
  /** Whether positions that the asker has seen were part of the question: they may have changed what was asked. */
  readonly hasSeen?: boolean;
  /** Id of the verdict whose standing was judged again. */
  readonly confirms?: string;
  /** Id of the verdict that had been promised an answer. */
  readonly follows?: string;
  /** Unix milliseconds by which a verdict that follows has been given; see `Verified`, which knows only when it may be. */
  readonly promisedBy?: number;
};

/** The verdicts that one verifier has given. */
export type VerdictBook = {
  /**
   * Signs a verdict and keeps it with its evidence; what it gives may be answered. Under a key that has a verdict it gives
   * that one again. Throws `verify.key-conflict` when that one is about another question, and what its ports throw.
   */
  write(text: string, verified: Verified, options?: WriteOptions): Promise<WrittenVerdict>;
  /** Signs a verdict that nothing is kept of: it needs no store, so it can be had while that is full or away. */
  sign(verified: Verified): Promise<SignedVerdict>;
  /** Throws `verdict.not-found`. */
  read(id: string): Promise<KeptVerdict>;
  readLatest(filter: VerdictFilter): Promise<readonly KeptVerdict[]>;
  /** Throws `verdict.not-found`, `verdict.erased`, `verdict.unreadable`, `sealer.unopenable`. */
  open(id: string): Promise<OpenedVerdict>;
};

export type VerdictBookOptions = {
  readonly config: VerifierConfig;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: Pick<Signer, 'sign'>;
  /** Which key signs, where the log says so; without them it is the one of the configuration. */
  readonly keys?: Pick<RoleKeys, 'current' | 'peek'>;
  readonly store: VerdictStore;
  readonly sealer: Sealer;
  /** Whether what was presented may be kept at all; default it may. */
  readonly mayKeep?: (verified: Pick<Verified, 'verdict'>) => boolean;
};

const ID_BYTES = 16;
const SUBJECT = 'verdict subject';
const KEY = 'verdict key';

export function createVerdictBook(options: VerdictBookOptions): VerdictBook {
  const { config, clock, entropy, signer, store, sealer, keys, mayKeep = () => true } = options;
  const { verdict } = config.keys;
  const current = keys?.current ?? (async () => ({ ...verdict, kid: thumbprint(verdict.key) }));
  const iss = config.party ?? config.id;
  const archive = createEvidenceArchive();

  async function readRecord(id: string): Promise<VerdictRecord> {
    const record = await store.read(id);
    if (record === undefined) throw new CodedError('verdict.not-found', 'No verdict with this id is kept here.');
    return record;
  }

  /** The same for the same key, and telling nothing of it: whoever knows a key does not know the verdict's handle. */
  async function idOf(key: string | undefined): Promise<string> {
    if (key === undefined) return encodeId(entropy.bytes(ID_BYTES));
    return encodeId(parseBase64url(await sealer.pseudonym(key, KEY)).subarray(0, ID_BYTES));
  }

  async function readGiven(id: string, asked: Verdict, hasSeen: boolean): Promise<WrittenVerdict> {
    const { signed: jws, subject } = await readRecord(id);
    const { verdict, durationMs, stages, promisedBy, ignored } = parseVerdictEnvelope(jws).envelope;
    const given = { id, jws, verdict, durationMs, ...marginOf({ stages, promisedBy, ignored }) };
    if (isSameQuestion(verdict, asked, hasSeen)) return { given, subject };
    throw new CodedError('verify.key-conflict', 'This key was used for another question.');
  }

  async function sign({ verdict, durationMs, stages, ignored }: Verified): Promise<SignedVerdict> {
    const id = encodeId(entropy.bytes(ID_BYTES));
    const margin = { ...marginOf({ stages, promisedBy: undefined, ignored }), shed: true } as const;
    const stamp = { iss, iat: Math.floor(clock.now() / 1000), jti: id };
    const { name, kid } = await current();
    const signingInput = encodeVerdictInput({ ...stamp, durationMs, ...margin, verdict }, 'ES256', kid);
    const jws = encodeJws(signingInput, await signer.sign(name, encodeUtf8(signingInput)));
    return { id, jws, verdict, durationMs, ...margin };
  }

  return {
    sign,
    async write(text, { verdict, parse, evidence, durationMs, stages, ignored }, options = {}) {
      const { key: name, hasSeen = false, confirms, follows, promisedBy } = options;
      const id = await idOf(name);
      const answeredAt = clock.now();
      const earlier = {
        ...(confirms === undefined ? {} : { confirms }),
        ...(follows === undefined ? {} : { follows }),
      };
      const margin = marginOf({ stages, promisedBy, ignored });
      const stamp = { iss, iat: Math.floor(answeredAt / 1000), jti: id };
      const envelope = { ...stamp, durationMs, ...earlier, ...margin, verdict };
      const { name: keyName, kid } = await current();
      const signingInput = encodeVerdictInput(envelope, 'ES256', kid);
      const [signature, sealed, subject] = await Promise.all([
        signer.sign(keyName, encodeUtf8(signingInput)),
        mayKeep({ verdict })
          ? archive.encode(text, evidence).then((bytes) => sealer.seal(bytes, sealContext(id)))
          : undefined,
        sealer.pseudonym(subjectOf(parse), SUBJECT),
      ]);
      const jws = encodeJws(signingInput, signature);
      const { credential } = verdict.basis;
      const named = credential === undefined ? {} : { credential };
      try {
        await store.append({
          id,
          subject,
          ...named,
          answeredAt,
          signed: jws,
          ...(sealed === undefined ? {} : { sealed }),
        });
      } catch (error) {
        if (name === undefined || !isCodedError(error) || error.code !== 'verdict.exists') throw error;
        return readGiven(id, verdict, hasSeen);
      }
      return { given: { id, jws, verdict, durationMs, ...margin }, subject };
    },
    read: async (id) => keptVerdict(await readRecord(id)),
    readLatest: async (filter) => (await store.readLatest(filter)).map(keptVerdict),
    async open(id) {
      const { signed, sealed } = await readRecord(id);
      if (sealed === undefined) {
        throw new CodedError('verdict.erased', 'What was presented for this verdict has been erased, as was promised.');
      }
      const kept = await archive.parse(await sealer.open(sealed, sealContext(id)));
      const { verdict } = parseVerdictEnvelope(signed).envelope;
      const parse = parseCredential(kept.presented);
      const asksRecords = asksRecord(verdict.basis.issuers);
      return { signed, kept, ...stoodOf(verdict), status: parse.ok ? parse.status : undefined, asksRecords };
    },
  };
}

type Margin = Pick<SignedVerdict, 'stages' | 'promisedBy' | 'ignored'>;

/** What is told beside a verdict, as far as there is anything to tell. */
function marginOf({ stages, promisedBy, ignored = [] }: { [Name in keyof Margin]: Margin[Name] | undefined }): Margin {
  return {
    ...(stages === undefined ? {} : { stages }),
    ...(promisedBy === undefined ? {} : { promisedBy }),
    ...(ignored.length === 0 ? {} : { ignored }),
  };
}

function stoodOf({ basis, issuer }: Verdict): Pick<OpenedVerdict, 'position' | 'other'> {
  const position = homePosition(basis);
  if (basis.recognised === undefined) return { position };
  const isIssuers = issuer?.source === 'recognised';
  return { position, other: { name: basis.recognised.network, position: otherPosition(basis), isIssuers } };
}

/** What was presented and what was asked of it. */
function isSameQuestion({ basis: a }: Verdict, { basis: b }: Verdict, hasSeen: boolean): boolean {
  const asked = ({ freshness, ...rest }: Verdict['basis']['request']) =>
    canonicalJson(hasSeen ? rest : { freshness, ...rest });
  return a.presented === b.presented && asked(a.request) === asked(b.request);
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
  return status === undefined ? canonicalJson(['signed', issuerJwt.signingInput]) : placeText(status.uri, status.index);
}

function placeText(list: string, index: number): string {
  return canonicalJson(['status', list, index]);
}

/** This verifier's pseudonym of whatever credential has this place in a status list. */
export function subjectOfPlace(
  sealer: Pick<Sealer, 'pseudonym'>,
  { list, index }: { readonly list: string; readonly index: number },
): Promise<string> {
  return sealer.pseudonym(placeText(list, index), SUBJECT);
}

function keptVerdict({ sealed, ...record }: VerdictRecord): KeptVerdict {
  return { ...record, isReplayable: sealed !== undefined };
}

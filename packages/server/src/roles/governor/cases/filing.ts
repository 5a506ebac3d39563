import {
  type CaseSubject,
  CodedError,
  type Credential,
  canonicalJson,
  credentialChecks,
  encodeBase64url,
  encodeUtf8,
  isCodedError,
  judgeKeyBinding,
  keysInForce,
  type NetworkState,
  parseBase64url,
  parseCredential,
  type Remedy,
  sha256,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Sealer } from '../../../ports/sealer.ts';

export const MAX_STATEMENT_LENGTH = 4_000;
export const MAX_CASE_EVIDENCE = 16;

/** What a case is to be about. A credential that is presented is its own subject. */
export type FiledSubject =
  | { readonly list: string; readonly index: number }
  | { readonly issuer: string }
  | { readonly program: string; readonly digest?: string };

/** What somebody files: in their own words, which are sealed. */
export type Filing = {
  readonly about: CaseSubject;
  readonly class: string;
  readonly remedy: Remedy;
  /** Absent: the presented credential. */
  readonly subject?: FiledSubject;
  /** The party complained about, or `holder`. */
  readonly respondent?: string;
  /** Entry of the decision complained about. */
  readonly against?: number;
  readonly statement: string;
  readonly evidence?: readonly { readonly class: string; readonly digest: string }[];
  /** How to reach whoever files it; sealed with the rest. */
  readonly contact?: string;
};

/** Whoever files: a person by presenting a credential of this network, or somebody at the operator's desk for them. */
export type Filer = { readonly presentation: string } | { readonly operator: string };

/** Who files, as far as this network can tell, and the credential that was presented. */
export type KnownFiler = {
  readonly name: string;
  readonly credential?: { readonly list: string; readonly index: number };
};

const RANDOM_BYTES = 16;
const TIME_BYTES = 6;
const CHALLENGE_TTL_MS = 600_000;

/** A nonce that costs nothing to keep: when it ends, random bytes, and a pseudonym of both that only we can make. */
export async function createChallenge(sealer: Sealer, random: Uint8Array, now: number): Promise<string> {
  const time = String(now + CHALLENGE_TTL_MS).padStart(TIME_BYTES * 3, '0');
  const body = `${time}.${encodeBase64url(random.slice(0, RANDOM_BYTES))}`;
  return `${body}.${await sealer.pseudonym(body, 'case-challenge')}`;
}

async function isChallenge(sealer: Sealer, nonce: string, now: number): Promise<boolean> {
  const [time = '', random = '', tag] = nonce.split('.');
  if (nonce.length > 200 || tag === undefined || !/^[0-9]{18}$/.test(time)) return false;
  return Number(time) > now && (await sealer.pseudonym(`${time}.${random}`, 'case-challenge')) === tag;
}

type PresentedPorts = {
  readonly state: Readonly<NetworkState>;
  readonly engine: SignatureEngine;
  readonly sealer: Sealer;
  readonly audience: string;
  readonly now: number;
};

/**
 * Who holds this credential of ours. It may be revoked, suspended or expired: people file because of that. Throws
 * `case.presentation` with what is wrong: whoever cannot show that the credential is theirs files nothing.
 */
export async function verifyHolder(presentation: string, ports: PresentedPorts): Promise<KnownFiler> {
  const parsed = parseCredential(presentation);
  if (!parsed.ok) throw unpresentable('it cannot be read', { because: parsed.reason });
  const { keyBinding, status } = parsed;
  if (keyBinding === undefined) throw unpresentable('its holder has not signed the challenge');
  if (!(await isChallenge(ports.sealer, keyBinding.nonce, ports.now)))
    throw unpresentable('the challenge is not ours, or old');
  const [fault] = judgeKeyBinding(parsed, {
    nonce: keyBinding.nonce,
    audience: ports.audience,
    now: Math.floor(ports.now / 1000),
    maxAgeS: CHALLENGE_TTL_MS / 1000,
    skewS: 60,
  });
  if (fault !== undefined) throw unpresentable('its holder signed something else', { because: fault });
  if (status === undefined || !ports.state.lists.has(status.uri)) throw unpresentable('it is not of this network');
  await assertSignatures(parsed, ports);
  return { name: `holder ${thumbprint(keyBinding.key)}`, credential: { list: status.uri, index: status.index } };
}

/** Under the key that its list belongs to, whether or not it is still in force: an old credential is still somebody's. */
async function assertSignatures(parsed: Credential, { state, engine }: PresentedPorts): Promise<void> {
  const list = state.lists.get(parsed.status?.uri ?? '');
  const party = state.parties.get(list?.issuer ?? '');
  const named = party?.keys.find(({ use, key }) => use === 'credential' && thumbprint(key) === list?.key);
  const key = named?.key ?? keysInForce(party, 'credential', state.time)[0];
  if (key === undefined) throw unpresentable('its issuer is not known here');
  const checks = credentialChecks(parsed, key);
  if (!checks.ok) throw unpresentable('its issuer signs otherwise', { because: checks.reason });
  const results = await engine.verify(checks.checks);
  if (!results.every((result) => result === true)) throw unpresentable('a signature is wrong');
}

function unpresentable(what: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('case.presentation', `This credential does not show who files: ${what}.`, details);
}

/** The same for the same subject, and nothing to anybody without our key. */
export function handleOf(sealer: Sealer, subject: FiledSubject): Promise<string> {
  return sealer.pseudonym(canonicalJson(subject), 'case-subject');
}

/** The same for the same filer, and nothing to anybody without our key. */
export function filerOf(sealer: Sealer, name: string): Promise<string> {
  return sealer.pseudonym(name, 'case-filer');
}

export function codeDigest(code: string): string {
  try {
    return encodeBase64url(sha256(parseBase64url(code)));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return encodeBase64url(sha256(encodeUtf8(code)));
  }
}

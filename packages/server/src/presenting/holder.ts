import {
  type Credential,
  credentialChecks,
  judgeKeyBinding,
  keysInForce,
  type NetworkState,
  parseCredential,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import { CHALLENGE_TTL_MS, type Challenges } from './challenges.ts';

/** Somebody who has shown that a credential of this network is theirs. */
export type Holder = {
  /** Thumbprint of their key. */
  readonly key: string;
  readonly place: { readonly list: string; readonly index: number };
  readonly credential: Credential;
};

export type HolderPorts = {
  readonly state: Pick<NetworkState, 'lists' | 'parties' | 'time'>;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  readonly challenges: Challenges;
  /** Unix milliseconds. */
  readonly now: number;
};

/** `why`: in a few words, to stand behind a colon. */
export type NoHolder = { readonly why: string; readonly because?: unknown };

const SKEW_S = 60;

/**
 * Who holds this credential of this network. It may be revoked, suspended or expired: people come because of that. Total:
 * whoever cannot show that it is theirs is told why.
 */
export async function verifyHolder(presentation: string, ports: HolderPorts): Promise<Holder | NoHolder> {
  const parsed = parseCredential(presentation);
  if (!parsed.ok) return { why: 'it cannot be read', because: parsed.reason };
  const { keyBinding, status } = parsed;
  const unbound = await faultOfBinding(parsed, ports);
  if (unbound !== undefined || keyBinding === undefined) return unbound ?? { why: 'its holder has not signed' };
  if (status === undefined || !ports.state.lists.has(status.uri)) return { why: 'it is not of this network' };
  const fault = await faultOfSignatures(parsed, ports);
  if (fault !== undefined) return fault;
  const place = { list: status.uri, index: status.index };
  return { key: thumbprint(keyBinding.key), place, credential: parsed };
}

/** Whether its holder has signed what we asked for, and nothing older. What the signature is worth is not looked at here. */
export async function faultOfBinding(
  credential: Credential,
  { challenges, now }: Pick<HolderPorts, 'challenges' | 'now'>,
): Promise<NoHolder | undefined> {
  const { keyBinding } = credential;
  if (keyBinding === undefined) return { why: 'its holder has not signed the challenge' };
  // A presentation that somebody else was shown is bound to what they asked, and asks for nothing here.
  if (!(await challenges.isCurrent(keyBinding.nonce))) return { why: 'the challenge is not ours, or old' };
  const [fault] = judgeKeyBinding(credential, {
    nonce: keyBinding.nonce,
    audience: challenges.audience,
    now: Math.floor(now / 1000),
    maxAgeS: CHALLENGE_TTL_MS / 1000,
    skewS: SKEW_S,
  });
  return fault === undefined ? undefined : { why: 'its holder signed something else', because: fault };
}

/** Under the key that its list belongs to, whether or not it is still in force: an old credential is still somebody's. */
async function faultOfSignatures(
  parsed: Credential,
  { state, engine }: Pick<HolderPorts, 'state' | 'engine'>,
): Promise<NoHolder | undefined> {
  const list = state.lists.get(parsed.status?.uri ?? '');
  const party = state.parties.get(list?.issuer ?? '');
  const named = party?.keys.find(({ use, key }) => use === 'credential' && thumbprint(key) === list?.key);
  const key = named?.key ?? keysInForce(party, 'credential', state.time)[0];
  if (key === undefined) return { why: 'its issuer is not known here' };
  const checks = credentialChecks(parsed, key);
  if (!checks.ok) return { why: 'its issuer signs otherwise', because: checks.reason };
  const results = await engine.verify(checks.checks);
  return results.every((result) => result === true) ? undefined : { why: 'a signature is wrong' };
}

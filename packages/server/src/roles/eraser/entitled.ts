import {
  CodedError,
  isCodedError,
  keysInForce,
  type NetworkState,
  parseCredential,
  parseErasureRequest,
  signatureCheck,
  thumbprint,
  type Verdict,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { PersonTraces } from '../../ports/erasable.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { type Challenge, createChallenges } from '../../presenting/challenges.ts';
import { faultOfBinding } from '../../presenting/holder.ts';

/** Who asks, and about whom: the holder of what is presented, or an officer about a label that an issuer knows. */
export type ErasureAsk = { readonly presentation: string; readonly nonce: string } | { readonly signed: string };

export type Entitled = { readonly by: string; readonly traces: PersonTraces };

export type EntitledPorts = {
  readonly clock: Pick<Clock, 'now'>;
  readonly entropy: Entropy;
  readonly sealer: Pick<Sealer, 'pseudonym'>;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  /** As a follower has it. */
  readonly state: () => NetworkState;
  /** A verifier's word on what is presented, bound to nonce and audience. */
  readonly verify: (asked: { presentation: string; nonce: string; audience: string }) => Promise<Verdict>;
  /** Whom a presentation has to be made for. */
  readonly audience: string;
};

export type Entitlement = {
  /** What a holder's presentation has to be bound to; good for ten minutes. */
  nonce(): Promise<Challenge>;
  /** Throws `erasure.refused`, `erasure.malformed`, or what the verifier throws. */
  assertEntitled(ask: ErasureAsk): Promise<Entitled>;
};

const SIGNED_MS = 600_000;
const NOTHING: PersonTraces = { labels: [], places: [], credentials: [], holders: [], verdicts: [] };

/** What is authentic, and bound to its holder: also somebody whose credential was revoked may ask to be forgotten. */
const AUTHENTIC: ReadonlySet<Verdict['outcome']> = new Set([
  'valid',
  'revoked',
  'suspended',
  'expired',
  'not-yet-valid',
]);

/** Finds out whether whoever asks may: nobody is forgotten at the request of a stranger. */
export function createEntitlement(ports: EntitledPorts): Entitlement {
  const { clock, audience } = ports;
  const challenges = createChallenges(ports, 'erasure-challenge');

  async function ofHolder(presentation: string, nonce: string): Promise<Entitled> {
    const parse = parseCredential(presentation);
    if (!parse.ok) throw refused('What was presented cannot be read.');
    const fault = await faultOfBinding(parse, { challenges, now: clock.now() });
    const { status, keyBinding } = parse;
    if (fault !== undefined || keyBinding?.nonce !== nonce) {
      throw refused(`What was presented does not show who asks: ${fault?.why ?? 'it is bound to another nonce'}.`);
    }
    const verdict = await ports.verify({ presentation, nonce, audience });
    if (!AUTHENTIC.has(verdict.outcome)) {
      throw refused('What was presented does not hold, or nobody has shown to be its holder.');
    }
    const { credential } = verdict.basis;
    return {
      by: 'holder',
      traces: {
        ...NOTHING,
        places: status === undefined ? [] : [{ list: status.uri, index: status.index }],
        credentials: credential === undefined ? [] : [credential],
        holders: [thumbprint(keyBinding.key)],
      },
    };
  }

  async function ofOfficer(signed: string): Promise<Entitled> {
    const { jws, kid, request } = parseErasureRequest(signed);
    const state = ports.state();
    const officer = [...state.parties.values()].find(
      (party) =>
        party.kind === 'officer' && keysInForce(party, 'approval', state.time).some((key) => thumbprint(key) === kid),
    );
    const key = keysInForce(officer, 'approval', state.time).find((one) => thumbprint(one) === kid);
    if (officer === undefined || key === undefined) throw refused('It is signed by no officer in force.');
    if (request.network !== state.name) throw refused('It is a request to another network.');
    if (Math.abs(clock.now() - request.at) > SIGNED_MS)
      throw refused('It was signed too long ago, or is not yet good.');
    const [holds] = await ports.engine.verify([checkOf(jws, key)]);
    if (holds !== true) throw refused('Its signature does not hold.');
    return { by: officer.id, traces: { ...NOTHING, labels: [{ tenant: request.tenant, label: request.label }] } };
  }

  return {
    nonce: challenges.create,
    assertEntitled: (ask) => ('signed' in ask ? ofOfficer(ask.signed) : ofHolder(ask.presentation, ask.nonce)),
  };
}

function checkOf(...of: Parameters<typeof signatureCheck>): ReturnType<typeof signatureCheck> {
  try {
    return signatureCheck(...of);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw refused('Its signature does not hold.');
  }
}

function refused(sentence: string): CodedError {
  return new CodedError('erasure.refused', sentence);
}

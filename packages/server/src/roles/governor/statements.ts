import {
  assert,
  bindingDigest,
  CodedError,
  type DecisionOpenings,
  type DecisionTerms,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  MAX_STATEMENT_BYTES,
  type Power,
  runsOfChanges,
  STATEMENT_TYP,
  type StatementOf,
  type StatusChange,
  thumbprint,
} from '@holdfast/core';
import type { GovernorSigner } from './neighbours.ts';
import type { StatusTarget } from './request.ts';

/** The signer's name for the governor's statement key. */
export const GOVERNOR_KEY = 'governor';

const KID_LENGTH = 43;
const SIGNATURE_LENGTH = 64;

/** A decision with all that carrying it out needs. */
export type Decided = {
  readonly terms: DecisionTerms;
  readonly openings: DecisionOpenings;
  readonly digest: string;
};

export function decisionBody(
  terms: DecisionTerms,
  approvals: readonly string[],
  stamps: { readonly received: number; readonly authorised: number },
): StatementOf<'decision'> {
  const { id, power, parameters, targets, rulebook, expiry } = terms;
  const used = { id, power, parameters: { ...parameters }, targets, class: terms.class, rulebook, expiry };
  return { type: 'decision', v: 1, ...used, approvals: [...approvals], ...stamps };
}

/** The statement that carries these decisions out: one of status for any number, else exactly one. */
export function carryingBody(
  decided: readonly Decided[],
): StatementOf<'status' | 'party' | 'rulebook' | 'cancellation' | 'program' | 'exception' | 'recognition'> {
  const [first] = decided;
  assert(first !== undefined, 'something is carried out');
  const { terms, openings, digest } = first;
  if (VALUE_OF[terms.power] !== undefined) return statusBody(decided);
  assert(decided.length === 1, 'what is not status is carried out one at a time');
  if (openings.party !== undefined) return { type: 'party', v: 1, decision: digest, party: openings.party };
  const { program, instruction, recognition, rulebook: body } = openings;
  if (recognition !== undefined) return { type: 'recognition', v: 1, decision: digest, recognition };
  if (program !== undefined) {
    const { effectiveAt } = terms.parameters;
    const when = typeof effectiveAt === 'number' ? { effectiveAt } : {};
    return { type: 'program', v: 1, decision: digest, program, ...when };
  }
  if (instruction !== undefined) {
    const act = { kind: 'payment', program: instruction.program, digest: bindingDigest(instruction) } as const;
    return { type: 'exception', v: 1, decision: digest, ...act };
  }
  const { effectiveAt, lapsesAt, amendment, reinstatement, unsealing } = terms.parameters;
  if (typeof reinstatement === 'string') {
    return { type: 'exception', v: 1, decision: digest, kind: 'reinstatement', digest: reinstatement };
  }
  if (typeof unsealing === 'string') {
    return { type: 'exception', v: 1, decision: digest, kind: 'unsealing', digest: unsealing };
  }
  if (typeof amendment === 'number') return { type: 'cancellation', v: 1, decision: digest, amendment };
  assert(body !== undefined && typeof effectiveAt === 'number', 'an amendment has its rulebook and its time');
  const ends = typeof lapsesAt === 'number' ? { lapsesAt } : {};
  return { type: 'rulebook', v: 1, decision: digest, body, effectiveAt, ...ends };
}

const VALUE_OF: Readonly<Partial<Record<Power, StatusChange['value']>>> = { revoke: 1, suspend: 2, lift: 0 };

/** Sorted by place, whoever decided first: which change belongs to which decision is not for the public. */
function statusBody(decided: readonly Decided[]): StatementOf<'status'> {
  const changes = decided.flatMap(({ terms, openings }) => {
    const value = VALUE_OF[terms.power];
    const { until } = terms.parameters;
    assert(value !== undefined, 'only powers over status share a statement');
    return openings.targets.map(({ value: target }) => ({
      ...(target as StatusTarget),
      value,
      ...(typeof until === 'number' ? { until } : {}),
    }));
  });
  changes.sort((a, b) => (a.list === b.list ? a.index - b.index : a.list < b.list ? -1 : 1));
  const decisions = decided.map(({ digest }) => digest).sort();
  const plain = { type: 'status', v: 1, decisions, changes } as const;
  // Where they are many, in runs: some thousands fit into one entry.
  if (changes.length <= MAX_PLAIN_CHANGES && lengthOfStatement(plain) <= MAX_STATEMENT_BYTES) return plain;
  return { type: 'status', v: 1, decisions, changes: [], runs: runsOfChanges(changes) };
}

const MAX_PLAIN_CHANGES = 1000;

/** Bytes of the statement once signed. */
export function lengthOfStatement(body: object): number {
  const signingInput = encodeSigningInput(headerOf('x'.repeat(KID_LENGTH)), body);
  return encodeJws(signingInput, new Uint8Array(SIGNATURE_LENGTH)).length;
}

export async function signStatement(body: object, signer: GovernorSigner): Promise<string> {
  const kid = thumbprint(await signer.readPublicKey(GOVERNOR_KEY));
  const signingInput = encodeSigningInput(headerOf(kid), body);
  const signature = await signer.sign(GOVERNOR_KEY, encodeUtf8(signingInput));
  if (signature.length !== SIGNATURE_LENGTH) {
    throw new CodedError('decision.signer', 'The signer of the governor does not give ES256 signatures.');
  }
  return encodeJws(signingInput, signature);
}

function headerOf(kid: string): object {
  return { alg: 'ES256', kid, typ: STATEMENT_TYP };
}

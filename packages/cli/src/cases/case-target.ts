import { bindingDigest, CodedError, instructionBeforeLeaving, isCodedError, isJsonObject } from '@holdfast/core';
import { findTargets } from '../commands/decide.ts';
import type { NetworkClient } from '../network-client.ts';
import { fetchCase } from './case-answers.ts';

/** How somebody at a terminal names what a case is about, or takes effect on. */
export type NamedTarget = {
  readonly issuer: string;
  readonly label?: string;
  readonly party?: string;
  readonly program?: string;
  readonly digest?: string;
  readonly payment?: string;
};

/** What a case is to be about; undefined: what is presented. */
export async function subjectOf(client: NetworkClient, named: NamedTarget): Promise<object | undefined> {
  const { label, party, program, digest, payment, issuer } = named;
  if (label !== undefined) return oneTarget(client, issuer, label);
  if (party !== undefined) return { issuer: party };
  if (payment !== undefined) return { program: programOf(payment), digest: applicationOf(payment) };
  if (program === undefined) return undefined;
  return digest === undefined ? { program } : { program, digest };
}

/** What a step of a case takes effect on; undefined where none is named. */
export async function targetOf(
  client: NetworkClient,
  id: string,
  named: NamedTarget & { readonly remedy?: string },
): Promise<object | undefined> {
  const { label, party, program, digest, payment, issuer } = named;
  if (label !== undefined) return { of: 'credential', ...(await oneTarget(client, issuer, label)) };
  if (party !== undefined) return { of: 'issuer', party };
  if (payment !== undefined) {
    const remedy = named.remedy ?? (await fetchCase(client, id)).remedy;
    return { of: 'payment', program: programOf(payment), digest: await instructionDigest(client, payment, remedy) };
  }
  if (program === undefined) return undefined;
  if (digest === undefined) return { of: 'program', program };
  const { about } = await fetchCase(client, id);
  return { of: about === 'payment' ? 'payment' : 'application', program, digest };
}

async function oneTarget(client: NetworkClient, issuer: string, label: string): Promise<object> {
  const [target, ...others] = await findTargets(client, issuer, label);
  if (target !== undefined && others.length === 0) return target;
  throw new CodedError('usage.case', `${label} has ${others.length + 1} credentials; a case is about one of them.`);
}

/** The act that the remedy is, on the last attempt to pay outside, or on what has not left yet. */
async function instructionDigest(client: NetworkClient, payment: string, remedy: string): Promise<string> {
  const act = remedy === 'return' ? 'cancel' : 'settle';
  const view = await client.get(`/settlement/${encodeURIComponent(payment)}`).catch((error: unknown) => {
    if (isCodedError(error) && error.code === 'settlement.unknown') return {};
    throw error;
  });
  const attempts = 'attempts' in view && Array.isArray(view.attempts) ? view.attempts : [];
  const before = instructionBeforeLeaving(programOf(payment), applicationOf(payment), act);
  if (attempts.length === 0) return bindingDigest(before);
  const last = attempts.at(-1);
  const after = isJsonObject(last) && typeof last.decision === 'string' ? { after: last.decision } : {};
  return bindingDigest({ ...before, attempt: attempts.length, ...after });
}

/** Transfers are named `post.PROGRAM.APPLICATION`. */
function programOf(payment: string): string {
  return partOf(payment, 1);
}

function applicationOf(payment: string): string {
  return partOf(payment, 2);
}

function partOf(payment: string, place: 1 | 2): string {
  const [kind, ...rest] = payment.split('.');
  const part = rest[place - 1];
  if (kind === 'post' && rest.length === 2 && part !== undefined && part !== '') return part;
  throw new CodedError('usage.case', 'A payment is named post.PROGRAM.APPLICATION.');
}

import {
  bindingDigest,
  CodedError,
  type ExpectedDecision,
  grantOf,
  type Rulebook,
  type Witnesses,
  witnessesSchema,
} from '@holdfast/core';
import type { NetworkClient } from './network-client.ts';
import { joinOrPropose, type Proposal } from './officer-desk.ts';

/** Takes `VKEY URL`, as `holdfast witness` prints them; one more for each time it is given. */
export function parseWitnessFlag(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** The witnesses as a rulebook names them; without a number more than half of them are a quorum. Throws `usage.witness`. */
export function witnessesFrom(texts: readonly string[], quorum?: number): Witnesses {
  const members = texts.map((text) => {
    const [vkey = '', url, ...more] = text.trim().split(/\s+/);
    if (more.length > 0) throw malformed(text, 'a key and an address');
    return { vkey, ...(url === undefined ? {} : { url }) };
  });
  const parsed = witnessesSchema.safeParse({ quorum: quorum ?? Math.floor(members.length / 2) + 1, members });
  if (parsed.success) return parsed.data;
  throw malformed(texts.join(', '), parsed.error.issues[0]?.message ?? 'a key and an address');
}

function malformed(text: string, why: string): CodedError {
  return new CodedError('usage.witness', `A witness is "VKEY URL", as holdfast witness prints it: ${why}.`, { text });
}

export function parseQuorum(text: string): number {
  const quorum = Number(text);
  if (/^[1-9][0-9]?$/.test(text) && quorum <= 16) return quorum;
  throw new CodedError('usage.witness', 'A quorum of witnesses is a number from 1 to 16.', { text });
}

type Published = { readonly network: string; readonly rulebook: Rulebook };

/**
 * Approves the open amendment to exactly these witnesses, or opens it. Two officers who type the same mean the same
 * rulebook, as long as nothing else has changed in between.
 */
export async function nameWitnesses(
  client: NetworkClient,
  asked: { readonly witnesses: Witnesses; readonly class: string | undefined },
  officer: Parameters<typeof joinOrPropose>[3],
): Promise<Proposal> {
  const { network, rulebook: current } = (await client.get('/rulebook')) as unknown as Published;
  const rulebook: Rulebook = { ...current, witnesses: asked.witnesses };
  const classes = grantOf(current, 'amend')?.classes ?? [];
  const reason = classes.find((known) => known === asked.class) ?? classes[0];
  const targets = [{ rulebook: bindingDigest(rulebook) }];
  const expected: ExpectedDecision = { genesis: network, power: 'amend', targets };
  return joinOrPropose(client, expected, { power: 'amend', class: reason, rulebook }, officer);
}

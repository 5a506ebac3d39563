import {
  bindingDigest,
  CodedError,
  checkRulebook,
  compareRulebooks,
  grantOf,
  type Power,
  programDigest,
  type Rulebook,
  type RulebookChange,
  type RulebookFinding,
  rulebookSchema,
} from '@holdfast/core';
import { readJsonObject } from './json-file.ts';
import type { NetworkClient } from './network-client.ts';
import { joinOrPropose, type Proposal } from './officer-desk.ts';
import { fetchPrograms } from './program/view.ts';
import { withPresentOfficers } from './rulebook/read-rulebook.ts';

export type AmendmentOptions = {
  readonly class?: string;
  readonly reason?: string;
  readonly emergency?: boolean;
  /** Milliseconds that an emergency stands at most. */
  readonly for?: number;
  /** Nothing is signed: what would change is said. */
  readonly look?: boolean;
  /** What the check finds wrong with it is wanted. */
  readonly despiteErrors?: boolean;
};

/** What an officer sees before signing: what changes, and what is wrong with it that is not wrong today. */
export type AmendmentReview = {
  readonly changes: readonly RulebookChange[];
  readonly findings: readonly RulebookFinding[];
};

type Officer = Parameters<typeof joinOrPropose>[3];

type Announced = { readonly index: number; readonly effectiveAt: number; readonly rulebook: Rulebook };
type Published = { readonly network: string; readonly rulebook: Rulebook; readonly scheduled: readonly Announced[] };

async function readPublished(client: NetworkClient): Promise<Published> {
  return (await client.get('/rulebook')) as unknown as Published;
}

/**
 * Announces the rulebook in a file, or puts it in force at once and for a while. What it changes is told to `review` before
 * anything is signed, and one that would leave somebody with nobody or nothing is not signed unless that is said
 * (`rulebook.errors`). Undefined: only looked at.
 */
export async function amendAs(
  client: NetworkClient,
  officer: Officer,
  file: string,
  options: AmendmentOptions,
  review: (seen: AmendmentReview) => void = () => undefined,
): Promise<Proposal | undefined> {
  const { network, rulebook: inForce } = await readPublished(client);
  const parsed = rulebookSchema.safeParse(await readJsonObject(file));
  if (!parsed.success) throw new CodedError('usage.rulebook', `${file} is no rulebook.`, { file });
  const rulebook = parsed.data;
  const seen = await reviewOf(client, inForce, rulebook);
  review(seen);
  if (options.look === true) return undefined;
  assertSound(seen, file, options);
  const isEmergency = options.emergency === true;
  const emergency = isEmergency ? { emergency: true as const } : {};
  const ends = isEmergency && options.for !== undefined ? { durationMs: options.for } : {};
  const request = { power: 'amend', rulebook, ...emergency, ...ends, ...wordsOf(inForce, 'amend', options) };
  const targets = [{ rulebook: bindingDigest(rulebook) }];
  return joinOrPropose(client, { genesis: network, power: 'amend', targets, ...emergency }, request, officer);
}

async function reviewOf(client: NetworkClient, inForce: Rulebook, next: Rulebook): Promise<AmendmentReview> {
  const check = async (rulebook: Rulebook) => checkRulebook(await withPresentOfficers(rulebook, client));
  const known = new Set((await check(inForce)).map(({ code, path }) => `${code} ${path}`));
  const findings = (await check(next)).filter(({ code, path }) => !known.has(`${code} ${path}`));
  return { changes: compareRulebooks(inForce, next), findings };
}

function assertSound({ findings }: AmendmentReview, file: string, { despiteErrors }: AmendmentOptions): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined || despiteErrors === true) return;
  throw new CodedError(
    'rulebook.errors',
    `Not signed: ${first.sentence} Put it right, or say --despite-errors (holdfast rulebook check ${file}).`,
    { errors },
  );
}

/** Takes back the amendment, or the next version of a program, that an entry announced. */
export async function cancelAs(
  client: NetworkClient,
  officer: Officer,
  entry: string,
  options: AmendmentOptions,
): Promise<Proposal> {
  const { network, rulebook, scheduled } = await readPublished(client);
  const waiting = [
    ...scheduled.map((next) => ({ entry: next.index, target: { rulebook: bindingDigest(next.rulebook) } })),
    ...(await readRevisions(client)),
  ];
  const announced = waiting.find((one) => String(one.entry) === entry.replace(/^#/, ''));
  if (announced === undefined) {
    const entries = waiting.map((one) => one.entry);
    const named = entries.length === 0 ? 'nothing waits' : entries.map((index) => `#${index}`).join(', ');
    throw new CodedError('usage.rulebook', `Nothing waits that ${entry} announced: ${named}.`, { waiting: entries });
  }
  const { entry: amendment, target } = announced;
  const request = { power: 'cancel', amendment, ...wordsOf(rulebook, 'cancel', options) };
  return joinOrPropose(client, { genesis: network, power: 'cancel', targets: [target], amendment }, request, officer);
}

/** Next versions of programs that wait; none where nobody here runs programs. */
async function readRevisions(client: NetworkClient) {
  const programs = await fetchPrograms(client).catch(() => []);
  return programs.flatMap(({ versions }) =>
    versions?.next === undefined
      ? []
      : [{ entry: versions.next.entry, target: { program: programDigest(versions.next.program) } }],
  );
}

function wordsOf(rulebook: Rulebook, power: Power, { class: named, reason }: AmendmentOptions) {
  const words = reason === undefined ? {} : { reason };
  return { class: named ?? grantOf(rulebook, power)?.classes[0] ?? 'rules-revised', ...words };
}

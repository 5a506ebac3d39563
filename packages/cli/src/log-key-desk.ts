import {
  bindingDigest,
  CodedError,
  type DecisionOpenings,
  type ExpectedDecision,
  grantOf,
  isJsonObject,
  isOnlyOfLog,
  type Json,
  type LogTerms,
  parseCheckpoint,
  parseNote,
  parseUtf8,
  type Rulebook,
} from '@holdfast/core';
import type { NetworkClient } from './network-client.ts';
import { joinOrPropose, type Proposal } from './officer-desk.ts';

const MAX_CHECKPOINT_BYTES = 524_288;

export type LogKeyRotation = {
  /** How long the old key signs as well, in milliseconds. */
  readonly overlapMs: number;
  /** A thief may have the old key: it signs nothing more, and its word alone is worth nothing from now on. */
  readonly isCompromised: boolean;
  readonly class: string;
};

/** Approves the open decision on another key of the log, or makes a key and opens one. */
export async function rotateLogKey(
  client: NetworkClient,
  rotation: LogKeyRotation,
  officer: Parameters<typeof joinOrPropose>[3],
): Promise<{ readonly proposal: Proposal; readonly log: LogTerms }> {
  const { network, rulebook: current } = (await client.get('/rulebook')) as unknown as Published;
  const rulebook = (await findOpen(client, current)) ?? { ...current, log: await nextTerms(client, current, rotation) };
  const classes = grantOf(current, 'amend')?.classes ?? [];
  const expected: ExpectedDecision = {
    genesis: network,
    power: 'amend',
    targets: [{ rulebook: bindingDigest(rulebook) }],
  };
  const reason = classes.includes(rotation.class) ? rotation.class : (classes[0] ?? rotation.class);
  const proposal = await joinOrPropose(client, expected, { power: 'amend', class: reason, rulebook }, officer);
  return { proposal, log: rulebook.log };
}

type Published = { readonly network: string; readonly rulebook: Rulebook };

/** What another officer has opened, as long as it changes nothing but the key of the log. */
async function findOpen(client: NetworkClient, current: Rulebook): Promise<Rulebook | undefined> {
  const { decisions } = await client.get('/decisions');
  for (const json of Array.isArray(decisions) ? (decisions as readonly Json[]) : []) {
    if (!isJsonObject(json) || json.state !== 'collecting' || json.power !== 'amend') continue;
    const opened = await client.get(`/decisions/${String(json.id)}/openings`);
    const { rulebook } = (opened as unknown as { openings: DecisionOpenings }).openings;
    if (rulebook !== undefined && isOnlyOfLog(current, rulebook)) return rulebook;
  }
  return undefined;
}

async function nextTerms(client: NetworkClient, { log }: Rulebook, rotation: LogKeyRotation): Promise<LogTerms> {
  const { vkey } = await client.post('/log/keys', {});
  if (typeof vkey !== 'string') throw new CodedError('network.answer', 'The network answered without a key.');
  const kept = log.compromised === undefined ? {} : { compromised: log.compromised };
  if (!rotation.isCompromised) {
    return { origin: log.origin, vkey, previous: { vkey: log.vkey, until: Date.now() + rotation.overlapMs }, ...kept };
  }
  const note = parseUtf8(await client.getBytes('/log/checkpoint', MAX_CHECKPOINT_BYTES));
  const stolen = { vkey: log.vkey, from: parseCheckpoint(parseNote(note).text).size + 1 };
  return { origin: log.origin, vkey, compromised: [...(log.compromised ?? []), stolen] };
}

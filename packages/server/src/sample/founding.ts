import { CodedError, checkTerms, type DecisionTarget, type Party, type Program, programDigest } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';
import type { Governor } from '../roles/governor/governor.ts';
import type { GovernorFollower, GovernorSigner } from '../roles/governor/neighbours.ts';
import type { Proposal } from '../roles/governor/proposal.ts';
import type { ProposalRequest } from '../roles/governor/request.ts';
import { createApproval } from '../roles/governor/signed-approval.ts';

export type FoundingPorts = {
  readonly governor: Governor;
  readonly follower: GovernorFollower;
  readonly clock: Clock;
  /** The officers' own keys, by the name each has in its signer: the founding is decided as everything else is. */
  readonly officers: readonly { readonly signer: GovernorSigner; readonly key: string }[];
};

/** How often a decision that lapsed, or that the network refused, is proposed anew. */
const MAX_TRIES = 10;
const POLL_MS = 250;

/**
 * Accredits these parties by decisions of the officers, and resolves once the network says so. Safe to repeat, also
 * after a crash in the middle: a party that the network has is left as it is, and what was begun is gone on with.
 * Throws `sample.not-founded` when the officers' approvals are not enough, or the signal's reason.
 */
export async function foundNetwork(
  ports: FoundingPorts,
  parties: readonly Party[],
  signal: AbortSignal,
): Promise<void> {
  const { follower } = ports;
  await until(ports, () => follower.position !== undefined, signal);
  for (const party of parties) {
    if (follower.state.parties.has(party.id)) continue;
    const request = { power: 'accredit', class: 'founding', party, reason: 'sample network' } as const;
    await decide(ports, { request, target: { party: party.id }, name: party.id }, signal);
    await until(ports, () => follower.state.parties.has(party.id), signal);
  }
}

/** Releases a program by decision of the officers, and resolves once the network says so. Safe to repeat. */
export async function foundProgram(ports: FoundingPorts, program: Program, signal: AbortSignal): Promise<void> {
  const { follower } = ports;
  if (follower.state.programs.has(program.id)) return;
  const digest = programDigest(program);
  const request = { power: 'release', class: 'program-approved', program } as const;
  await decide(ports, { request, target: { program: digest }, name: digest }, signal);
  await until(ports, () => follower.state.programs.has(program.id), signal);
}

/** What the officers are to decide, what each expects to sign, and a name for it that a repeat has again. */
type Matter = { readonly request: ProposalRequest; readonly target: DecisionTarget; readonly name: string };

async function decide(ports: FoundingPorts, matter: Matter, signal: AbortSignal): Promise<void> {
  const { request, name } = matter;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const proposal = await ports.governor.propose(request, `founding ${attempt} ${name}`);
    const ended = proposal.state === 'collecting' ? await approve(ports, proposal, matter) : proposal;
    if (ended.state === 'collecting') break;
    const { state } = await settled(ports, ended, signal);
    if (state === 'carried-out') return;
  }
  throw new CodedError(
    'sample.not-founded',
    `The officers on this machine could not decide to ${request.power} ${name}.`,
  );
}

/** Each officer recomputes what there is to sign, as they would from their own desk. */
async function approve(
  { governor, follower, officers }: FoundingPorts,
  { id }: Proposal,
  { request: { power }, target }: Matter,
): Promise<Proposal> {
  const expected = { genesis: follower.state.name, power, targets: [target] };
  for (const { signer, key } of officers) {
    const before = await governor.find(id);
    if (before.state !== 'collecting') return before;
    const { terms, openings } = await governor.openings(id);
    await governor.approve(id, await createApproval(signer, key, checkTerms(terms, openings, expected)));
  }
  return governor.find(id);
}

async function settled(ports: FoundingPorts, proposal: Proposal, signal: AbortSignal): Promise<Proposal> {
  let current = proposal;
  while (current.state === 'authorised') {
    await ports.clock.sleep(POLL_MS, signal);
    current = await ports.governor.find(proposal.id);
  }
  return current;
}

/** Waits for an epoch after which it holds. */
async function until({ follower, clock }: FoundingPorts, holds: () => boolean, signal: AbortSignal): Promise<void> {
  while (!holds()) {
    // Should epochs not be pushed just now, this fetches.
    follower.awaitSize((follower.position?.size ?? 0) + 1, signal).catch(() => undefined);
    await clock.sleep(POLL_MS, signal);
  }
}

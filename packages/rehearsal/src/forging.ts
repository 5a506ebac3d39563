import {
  type DecisionTerms,
  decisionDigest,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  isCodedError,
  STATEMENT_TYP,
  saltedRoot,
  thumbprint,
} from '@holdfast/core';
import { createApproval } from '@holdfast/server/roles';
import { OFFICERS, type World } from './world.ts';

/** Mean time between two attempts, milliseconds. */
const BETWEEN_MS = 15_000;
const HOUR_MS = 3_600_000;

/**
 * Somebody has the governor's key, and one officer with them; by themselves they may decide nothing that takes two. They put
 * a revocation into the log without a decision, and with one officer's approval counted twice.
 */
export function startForging(world: World): void {
  const { scheduler } = world;
  const random = world.random.fork('forgeries');
  let tries = 0;
  const next = () => {
    if (world.trouble().isOver) return;
    tries += 1;
    forge(world, `forged ${tries}`, random.below(world.holders.length)).catch(() => undefined);
    scheduler.after(1 + random.below(2 * BETWEEN_MS), next);
  };
  scheduler.after(BETWEEN_MS / 3, next);
}

async function forge(world: World, id: string, index: number): Promise<void> {
  const { oracles, scheduler, network, faults } = world;
  const random = world.random.fork(id);
  const { role } = network();
  const rulebook = role?.state.rulebook?.index;
  if (role === undefined || rulebook === undefined) return;
  const target = { list: world.place.list, index };
  const salt = encodeBase64url(random.bytes(16));
  const terms: DecisionTerms = {
    ...{ genesis: world.name, id, power: 'revoke', parameters: {}, class: 'residence-ended', rulebook },
    targets: { root: saltedRoot([{ salt, kind: 'target', value: target }]), count: 1 },
    expiry: scheduler.now + HOUR_MS,
  };
  const digest = decisionDigest(terms);
  const approval = await createApproval(world.signer, OFFICERS[0], digest);
  const { genesis: _, ...body } = terms;
  const stamps = { received: scheduler.now, authorised: scheduler.now };
  const decision = { type: 'decision', v: 1, ...body, approvals: [approval, approval], ...stamps };
  const status = { type: 'status', v: 1, decisions: [digest], changes: [{ ...target, value: 1 }] };
  const entries = random.chance(0.5) ? [decision, status] : [status];
  const signed = await Promise.all(entries.map((entry) => signAsGovernor(world, entry)));
  faults.add('revocation without a quorum');
  const refusal = await role.append(signed).then(
    () => 'accepted',
    (error: unknown) => (isCodedError(error) ? error.code : 'thrown'),
  );
  if (refusal !== 'accepted' && refusal !== 'statement.refused') return;
  const what = () => `${id} is in the log`;
  oracles.expect('no-change-without-a-decision', refusal !== 'accepted', scheduler.now, what);
}

async function signAsGovernor({ keys, signer }: World, payload: object): Promise<string> {
  const input = encodeSigningInput({ alg: 'ES256', kid: thumbprint(keys.governor), typ: STATEMENT_TYP }, payload);
  return encodeJws(input, await signer.sign('governor', encodeUtf8(input)));
}

import type { Position, VerdictRequest } from '@holdfast/core';
import { PRESENTATIONS, presentAs } from './holders.ts';
import type { Random } from './random.ts';
import type { RunningVerifier, World } from './world.ts';

/** Mean time between two presentations in all, milliseconds. */
const BETWEEN_MS = 60;

/** People present all the time, at all verifiers; a few of them what is not theirs, or not true. */
export function startPresenting(world: World): void {
  const { scheduler } = world;
  const random = world.random.fork('presentations');
  const walk: Walk = { random, seen: undefined };
  const next = () => {
    if (world.trouble().isOver) return;
    const node = random.pick(world.verifiers());
    const visit = random.chance(0.1) ? presentForeign(world, walk, node) : presentOurs(world, walk, node);
    visit.catch((error: unknown) => failed(world, node, error));
    scheduler.after(1 + random.below(2 * BETWEEN_MS), next);
  };
  next();
}

/** A verifier always answers: an exception is a violation by itself. */
function failed({ oracles, scheduler }: World, { name }: RunningVerifier, error: unknown): void {
  oracles.expect('refused-for-the-right-reason', false, scheduler.now, () => `${name} threw ${String(error)}`);
}

/** `seen`: the furthest position any verdict has shown to anyone. */
export type Walk = { readonly random: Random; seen: Position | undefined };

async function presentOurs(world: World, walk: Walk, node: RunningVerifier): Promise<void> {
  const { random } = walk;
  const holder = random.pick(world.holders);
  const freshness = freshnessOf(walk);
  const action = random.chance(0.5) ? 'pay' : 'view';
  // Shown without being asked to prove anything: the same text at every verifier, so that bases can be equal.
  if (random.chance(0.3)) {
    const request: VerdictRequest = { class: action, freshness };
    await observe(world, walk, { node, credential: `${holder.index}`, text: holder.credential, request });
    return;
  }
  const kind = random.chance(0.8) ? 'honest' : random.pick(PRESENTATIONS);
  const nonce = Buffer.from(random.bytes(12)).toString('base64url');
  const asked = { nonce, audience: node.name, now: world.scheduler.now };
  const text = presentAs(kind, holder, asked, { signatures: world.signatures, random });
  if (text === undefined) return;
  const request: VerdictRequest = { class: action, freshness, nonce, audience: node.name };
  const isForged = kind !== 'honest';
  await observe(world, walk, { node, credential: `${holder.index}`, text, request, isForged });
}

async function presentForeign(world: World, walk: Walk, node: RunningVerifier): Promise<void> {
  const index = walk.random.below(world.foreign.credentials.length);
  const text = world.foreign.credentials[index] ?? '';
  const request: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
  await observe(world, walk, { node, credential: `foreign ${index}`, text, request });
}

function freshnessOf({ random, seen }: Walk): VerdictRequest['freshness'] {
  const draw = random.below(10);
  if (draw < 2 && seen !== undefined) return { mode: 'at-least', positions: [seen] };
  return draw < 4 ? { mode: 'max-age', maxAgeMs: 20_000 } : { mode: 'any' };
}

type Visit = {
  readonly node: RunningVerifier;
  readonly credential: string;
  readonly text: string;
  readonly request: VerdictRequest;
  readonly isForged?: boolean;
};

export async function observe(world: World, walk: Walk, visit: Visit): Promise<void> {
  const { node, credential, text, request, isForged = false } = visit;
  const askedAt = world.scheduler.now;
  const verified = await node.verify(text, request);
  if (verified === undefined) return;
  const { verdict } = verified;
  const { now: at } = world.scheduler;
  const waitedMs = at - askedAt;
  world.oracles.observe({ verifier: node.name, credential, isForged, verdict, at, waitedMs });
  world.verdicts.add(isForged ? `${verdict.outcome} (attack)` : verdict.outcome);
  const position = verdict.basis.positions[0];
  world.trace.add(`${at} ${node.name} ${credential} ${verdict.outcome} ${position?.size} ${verdict.usableUntil}`);
  if (position !== undefined && position.size > (walk.seen?.size ?? 0)) walk.seen = position;
}

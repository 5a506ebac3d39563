import { assert, CodedError, type Rulebook } from '@holdfast/core';
import type { NetworkRole } from '@holdfast/server/roles';
import { createWorld, START_MS } from '../create-world.ts';
import { startDeciding } from '../deciding.ts';
import { foundRehearsed } from '../founding.ts';
import { createHolders } from '../holders.ts';
import { type RehearsalReport, reportOfRoles } from '../report.ts';
import { startSecondHistory } from '../split/second-history.ts';
import { type Answering, HEALTHY } from '../wire.ts';
import type { RunningVerifier, World } from '../world.ts';

export type PrunedRehearsal = {
  readonly seed: number;
  /** `denied`: by a log whose rules keep everything; `retained`: where they do not, first by whoever shows another history. */
  readonly rules: 'denied' | 'retained';
};

/** How long one of them is away; by when whoever is answered has read on, or knows that it cannot. Milliseconds. */
const AWAY_MS = 200_000;
const ANSWERED_MS = 60_000;
const RETAINED: Partial<Rulebook> = { retention: { entriesMs: 3_600_000 } };

/** One who was away for long is told, when it comes back, that what it asks for is pruned. */
export async function rehearsePruned({ seed, rules }: PrunedRehearsal): Promise<RehearsalReport> {
  const startedAt = performance.now();
  const world = await createWorld(seed, rules === 'retained' ? { rules: RETAINED } : {});
  await begin(world);
  if (rules === 'denied') await rehearseDenied(world);
  else await rehearseRetained(world);
  return reportOfRoles({ mode: 'pruned', seed, startMs: START_MS, startedAt }, world);
}

async function begin(world: World): Promise<void> {
  const { signatures, keys, place, scheduler } = world;
  const { opened } = await foundRehearsed(world);
  const random = world.random.fork('credentials');
  world.holders.push(
    ...createHolders({ place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now }, 20),
  );
  startDeciding(world);
  await scheduler.run(scheduler.now + ANSWERED_MS);
}

/** One of them hears nothing for long, while officers decide. */
async function sendAway({ verifiers, scheduler }: World): Promise<{ node: RunningVerifier; before: number }> {
  const [node] = verifiers();
  assert(node !== undefined, 'there is a verifier');
  const before = node.follower?.position?.size ?? 0;
  node.wire.conditions = { ...HEALTHY, isRequestCut: true, isAnswerCut: true };
  node.wire.hangUp();
  await scheduler.run(scheduler.now + AWAY_MS);
  return { node, before };
}

/** The log adds nothing that is not so: but its rules keep everything, and nobody may say otherwise. */
async function rehearseDenied(world: World): Promise<void> {
  const { scheduler, oracles } = world;
  const { node, before } = await sendAway(world);
  await answer(world, node, () => denying(world.network().role, before));
  const begunAt = node.follower?.health().begunAt;
  const what = () => `${node.name} went on from ${begunAt} because somebody said that it has to`;
  oracles.expect('refused-only-by-the-rules', begunAt === 0, scheduler.now, what);
}

/** Who is refused entries by the rules goes on from a snapshot, and from none of another history. */
async function rehearseRetained(world: World): Promise<void> {
  const { scheduler, oracles, truth } = world;
  const second = await startSecondHistory(world);
  // Of what it reads now the other history knows nothing.
  await scheduler.run(scheduler.now + ANSWERED_MS);
  const { node, before } = await sendAway(world);
  await answer(world, node, () => denying(second.node.role, before));
  const position = node.follower?.position;
  const what = () => `${node.name} has read ${before} entries of one history, and ${position?.size} of another`;
  oracles.expect('snapshot-adds-to-what-was-read', truth.holds(position), scheduler.now, what);
  node.crash();
  await answer(world, node, () => denying(world.network().role, before));
  const after = node.follower?.position;
  const isOn = (after?.size ?? 0) > before && truth.holds(after) && (node.follower?.health().begunAt ?? 0) > before;
  const codes = () => node.follower?.health().alarms.map(({ code }) => code);
  const told = () => `${node.name} is at ${after?.size}, and was at ${before}: ${codes()?.join(' ')}`;
  oracles.expect('converges-after-healing', isOn, scheduler.now, told);
}

async function answer({ scheduler }: World, node: RunningVerifier, by: () => Answering | undefined): Promise<void> {
  node.wire.shownBy = by;
  const endsAt = scheduler.now + ANSWERED_MS;
  // It may have died meanwhile, and come back over a line that does not work.
  while (scheduler.now < endsAt) {
    node.wire.conditions = HEALTHY;
    await scheduler.run(scheduler.now + 5000);
  }
}

/** All that a log has, but for what the asker has not read yet. */
function denying(role: NetworkRole | undefined, before: number): Answering | undefined {
  if (role === undefined) return undefined;
  const latest = async () => Number((await role.fetchCheckpoint(new AbortController().signal)).split('\n', 2)[1]);
  return {
    fetchCheckpoint: (signal, atMost) => role.fetchCheckpoint(signal, atMost),
    fetchCosigned: async () => undefined,
    fetchLineage: async () => undefined,
    fetchSnapshot: async (signal, size) => role.fetchSnapshot?.(signal, size),
    fetchConsistencyProof: async (from, to, signal) => role.fetchConsistencyProof?.(from, to, signal),
    proveKeys: () => role.proveKeys(),
    async fetchEntries(from, to, signal) {
      const size = await latest();
      const kept = (await role.readSnapshot(size))?.size ?? size;
      if (from >= before && from < kept) {
        throw new CodedError('log.pruned', 'Not any more.', { minimumIndex: kept });
      }
      return role.fetchEntries(from, to, signal);
    },
    append: (statements) => role.append(statements),
    // biome-ignore lint/correctness/useYield: there is nothing to follow here.
    async *stream() {
      throw new CodedError('feed.unreachable', 'Nothing is pushed here.');
    },
  };
}

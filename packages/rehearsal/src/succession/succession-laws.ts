import { encodeBase64url, parseStatement, sectionsOf, sha256 } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createSnapshotStoreMemory,
  type Follower,
  foldEntries,
} from '@holdfast/verifier';
import { runUntilDone } from '../founding.ts';
import { expectOneAnswer } from '../healing.ts';
import type { Money } from '../money/money.ts';
import { type Answering, HEALTHY } from '../wire.ts';
import type { RunningVerifier, World } from '../world.ts';
import { type ChangedKeys, expectChanged } from './changing-keys.ts';
import type { Ended, Following } from './ending.ts';
import { beginningOf, readEnd } from './opening.ts';
import { expectConfirmed } from './witnessing.ts';

/** By then whoever was started from nothing has begun. */
const BEGUN_MS = 60_000;
const LATEST_MS = 12_000;
const LOOK_MS = 25;

type Watched = {
  readonly following: readonly Following[];
  readonly money: Money;
  readonly ended: Ended;
  readonly changed: ChangedKeys | undefined;
};

/** What must be so when a network goes on in another log, whoever is where just then. */
export class SuccessionLaws {
  readonly #world: World;
  readonly #watched: Watched;

  constructor(world: World, watched: Watched) {
    this.#world = world;
    this.#watched = watched;
  }

  /** From now on it is looked all the time whether somebody forgets what they have read. */
  watch(): void {
    const { scheduler, trouble } = this.#world;
    const again = () => {
      if (trouble().isOver) return;
      this.#expectDroppedKept();
      for (const { name, follower } of this.#watched.following) this.#expectAtEpoch(name, follower());
      scheduler.after(LOOK_MS, again);
    };
    again();
  }

  /** Nobody has gone over to a log that no quorum has opened. */
  expectDisbelieved(origin: string): void {
    for (const { name, follower } of this.#watched.following) {
      const log = follower()?.position?.log;
      this.#expect('succeeded-by-the-quorum-alone', log !== origin, () => `${name} follows ${origin}`);
    }
  }

  /** Whoever comes new, with the network's name alone. */
  async expectStranger(role: Answering, origin: string, isTrue = false): Promise<void> {
    const { name, signatures, scheduler, random } = this.#world;
    const stranger = createFollower({
      ...{ network: name, source: role, engine: signatures, clock: scheduler.clock() },
      ...{ store: createFollowerStoreMemory(), snapshots: createSnapshotStoreMemory() },
      entropy: random.fork(`stranger ${origin}`),
    });
    const pulled = stranger.pull(new AbortController().signal).catch(() => undefined);
    await runUntilDone(this.#world, pulled);
    const isIn = stranger.position?.log === origin;
    const what = () => `a stranger ${isIn ? 'begins' : 'cannot begin'} at ${origin}`;
    this.#expect('succeeded-by-the-quorum-alone', isIn === isTrue, what);
  }

  /** The faults are over. */
  async prove(): Promise<void> {
    const { scheduler, network, place, truth } = this.#world;
    const role = network().role;
    this.#expect('converges-after-healing', role !== undefined, () => 'the new log is down');
    if (role !== undefined) await this.expectStranger(role, truth === undefined ? '' : originOf(role.state), true);
    this.#expectTold();
    this.#expectNothingUndone();
    this.#restartStranded();
    await scheduler.run(scheduler.now + BEGUN_MS);
    const size = network().role?.health().size ?? 0;
    await scheduler.run(scheduler.now + LATEST_MS);
    for (const each of this.#watched.following) this.#expectCaughtUp(each, size, place.list);
    await this.#expectKept();
    await this.#expectWitnessed();
    await this.#expectPaid();
    await this.#expectDesk();
    // Who has read nothing would wait for it, and is known already.
    const by = this.#world.verifiers().filter(({ follower }) => follower?.position !== undefined);
    for (const { index, credential } of this.#world.holders) {
      await expectOneAnswer(this.#world, `${index}`, credential, { by });
    }
  }

  #expect(oracle: Parameters<World['oracles']['expect']>[0], holds: boolean, what: () => string): void {
    this.#world.oracles.expect(oracle, holds, this.#world.scheduler.now, what);
  }

  /** Each has gone over, or stays where it is and has said why: nobody follows the old log and knows nothing. */
  #expectTold(): void {
    const { following, ended } = this.#watched;
    const { origin } = this.#world.place;
    for (const { name, follower } of following) {
      const found = follower();
      const codes = found?.health().alarms.map(({ code }) => code) ?? [];
      const why = ended.stranded.get(name);
      const isOver = found?.position !== undefined && found.position.log !== origin;
      const isRight = why === undefined ? isOver && found.contradiction === undefined : !isOver && codes.includes(why);
      const what = () => `${name} is in ${found?.position?.log} (${found?.health().phase}): ${codes.join(' ')}`;
      this.#expect('told-and-gone-over', isRight, what);
    }
  }

  /** What somebody has read as revoked in the old log they have not forgotten. */
  #expectNothingUndone(): void {
    const { following, ended } = this.#watched;
    const { dropped } = ended;
    const list = this.#world.place.list;
    for (const { name, follower } of following) {
      const values = follower()?.state.lists.get(list)?.values;
      // Who has read another history has read nothing of this.
      if (ended.stranded.get(name) === 'feed.succession-unknown') continue;
      const isRead = (index: number) =>
        (name === dropped?.reader && dropped.index === index) || this.#isRevokedBefore(list, index);
      for (const { index } of this.#world.holders) {
        if (!isRead(index)) continue;
        const what = () => `${name} has read that ${index} was revoked, and holds ${values?.[index]}`;
        this.#expect('no-revocation-is-undone', values?.[index] === 1, what);
      }
    }
  }

  /** Whoever has a view of the network has its rules too, also while they go over. */
  #expectAtEpoch(name: string, follower: Follower | undefined): void {
    if (follower?.view() === undefined) return;
    const { position, rulebook } = follower.state;
    const isWhole = position !== undefined && rulebook !== undefined;
    this.#expect('kept-state-is-what-the-entries-give', isWhole, () => `${name} has read a log and knows no rules`);
  }

  #expectDroppedKept(): void {
    const { following, ended } = this.#watched;
    const { dropped } = ended;
    const reader = following.find(({ name }) => name === dropped?.reader)?.follower();
    if (dropped === undefined || reader?.position === undefined) return;
    const value = reader.state.lists.get(dropped.list)?.values[dropped.index];
    const what = () => `${dropped.reader} has read that ${dropped.index} was revoked, and holds ${value}`;
    this.#expect('no-revocation-is-undone', value === 1, what);
  }

  /** Somebody comes from whoever has read the other history, and says how far that was. */
  async expectElsewhere(): Promise<void> {
    const { ended } = this.#watched;
    const nodes = this.#world.verifiers();
    const { origin } = this.#world.place;
    const isOver = ({ follower }: RunningVerifier) =>
      follower?.position !== undefined && follower.position.log !== origin;
    const elsewhere = nodes.find(({ name }) => ended.stranded.get(name) === 'feed.succession-unknown');
    const position = elsewhere?.follower?.position;
    if (position === undefined) return;
    const request = { class: 'view', freshness: { mode: 'at-least', positions: [position] } } as const;
    for (const node of nodes.filter(isOver)) {
      for (const { credential } of this.#world.holders) {
        const verified = await node.verify(credential, request);
        if (verified === undefined) continue;
        const what = () => `${node.name} says yes to somebody who has seen another ${position.size}`;
        this.#expect('another-history-was-not-read', verified.verdict.outcome !== 'valid', what);
      }
    }
  }

  #isRevokedBefore(list: string, index: number): boolean {
    const { truth, size } = this.#watched.ended;
    const basis = { positions: [{ log: this.#world.place.origin, size, root: '', time: 0 }] };
    return truth.statusAt(list, index, basis) === 'revoked';
  }

  /** Somebody starts those from nothing who could not go over; a verifier can. */
  #restartStranded(): void {
    const { stranded } = this.#watched.ended;
    for (const node of this.#world.verifiers()) {
      if (!stranded.has(node.name)) continue;
      node.startFromNothing();
      node.wire.conditions = HEALTHY;
    }
  }

  #expectCaughtUp({ name, follower }: Following, size: number, list: string): void {
    const found = follower();
    const isThere = (found?.position?.size ?? 0) >= size && found?.contradiction === undefined;
    const what = () => `${name}: ${found?.health().phase} at ${found?.position?.size} of ${size}`;
    this.#expect('converges-after-healing', isThere, what);
    const [ours, theirs] = [found?.state, this.#world.network().role?.state].map((state) =>
      encodeBase64url(sha256(state?.lists.get(list)?.values ?? new Uint8Array())),
    );
    this.#expect('converges-after-healing', ours === theirs, () => `${name} holds another list than the network`);
  }

  /** Witnesses have gone over too; and keys are as they were changed. */
  async #expectWitnessed(): Promise<void> {
    const { following, ended, changed } = this.#watched;
    const origin = originOf(this.#world.network().role?.state ?? {});
    expectConfirmed(this.#world, following, origin);
    expectChanged(this.#world, following, changed);
    for (const { name, store } of this.#world.verifiers()) {
      if (ended.stranded.has(name)) continue;
      const kept = await store.readEntries(0, ended.size);
      const isOurs = kept.every((entry, i) => entry === ended.truth.entries[i]);
      this.#expect('copies-give-only-the-quorums-tree', isOurs, () => `${name} has kept what the old log never had`);
    }
  }

  /** The old log's entries to its end, and then those of the new one, give what each of them holds. */
  async #expectKept(): Promise<void> {
    const { signatures, truth } = this.#world;
    const { ended, following } = this.#watched;
    const end = await readEnd(this.#world, ended.copy, ended.size);
    for (const { name, follower } of following) {
      const found = follower();
      const size = found?.position?.size;
      if (found === undefined || size === undefined) continue;
      const state = beginningOf(end);
      await foldEntries(state, truth.entries.slice(0, size).map(parseStatement), signatures);
      const [ours, theirs] = [sectionsOf(state), sectionsOf(found.state)].map((sections) => JSON.stringify(sections));
      const what = () => `${name} at ${size} holds ${theirs}, the entries give ${ours}`;
      this.#expect('kept-state-is-what-the-entries-give', ours === theirs, what);
    }
  }

  /** Whoever was admitted in the old log is paid by what is known in the new one; what was taken back was revoked. */
  async #expectPaid(): Promise<void> {
    const { sent, distributor } = this.#watched.money;
    const { place, truth } = this.#world;
    const position = this.#world.network().role?.state.position;
    for (const { program, digest, holder } of sent) {
      const kept = await distributor.store.read(program.id, digest);
      if (kept?.payment === undefined) continue;
      const status = truth.statusAt(place.list, holder.index, { positions: position === undefined ? [] : [position] });
      const isEnded = kept.payment.state === 'carried' || status !== 'valid';
      const what = () => `${program.id}: ${digest} is ${kept.payment?.state}, and its holder ${status}`;
      this.#expect('paid-across-logs', isEnded, what);
    }
  }

  /** What officers have authorised has happened, or they know that it has not. */
  async #expectDesk(): Promise<void> {
    const { desk, truth, network } = this.#world;
    const { governor, store } = this.#world.governor();
    const position = network().role?.state.position;
    const positions = position === undefined ? [] : [position];
    for (const { id, target, power } of desk.authorised) {
      const { state, why } = (await governor?.find(id)) ?? {};
      const isRevoked = truth.statusAt(target.list, target.index, { positions }) === 'revoked';
      const isDone = state === 'carried-out' && (power !== 'revoke' || isRevoked);
      const isKnown = isDone || (state === 'refused' && why !== undefined);
      const what = () => `proposal ${id} to ${power} ${target.index} was authorised and is ${state}: ${why}`;
      this.#expect('nothing-acknowledged-is-lost', isKnown, what);
    }
    const open = (await store.readBatches()).length + desk.open + (governor === undefined ? 1 : 0);
    this.#expect('no-open-handoff', open === 0, () => `${open} still wait at the desk`);
  }
}

function originOf({ position }: { readonly position?: { readonly log: string } | undefined }): string {
  return position?.log ?? '';
}

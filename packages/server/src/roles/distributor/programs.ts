import { CodedError, createNullifiers, firstDigestOf, nullifierKeyDigest, type ProgramRecord } from '@holdfast/core';
import type { DistributorPorts } from './neighbours.ts';

/** Turns the value that stands for a person into the nullifier that counts them once in this program. */
export type Nullifiers = (value: string | number | boolean) => string;

export interface Programs {
  /** Those of this distributor that stand in the log. */
  list(): readonly ProgramRecord[];
  /** Throws `program.unknown`. */
  require(id: string): ProgramRecord;
  /** Unix milliseconds: of the clock, and never before what the log says, so a clock set back opens nothing again. */
  now(): number;
  /** Unix milliseconds: the log's own time, by which everything happens that nobody can take back. */
  logTime(): number;
  /** A new key for a program's nullifiers, kept sealed; the program carries this digest of it. Throws `program.keys-full`. */
  createKey(): Promise<string>;
  /** Throws `program.key-unknown`: nobody could be counted, so nobody should be taken in. */
  assertReady(record: ProgramRecord): Promise<void>;
  /** Throws `program.key-unknown`. */
  nullifiersOf(record: ProgramRecord): Promise<Nullifiers>;
}

const KEY_BYTES = 32;
/** Keys that were not destroyed with their program, whether or not one names them. */
const MAX_KEYS = 10_000;

export function createPrograms(ports: DistributorPorts, id: string): Programs {
  const { clock, entropy, sealer, store, follower } = ports;
  const ready = new Map<string, Nullifiers>();

  async function open(record: ProgramRecord): Promise<Nullifiers> {
    const { program } = record;
    // Whatever becomes of its rules, its people are one set.
    const digest = firstDigestOf(record);
    const known = ready.get(digest);
    if (known !== undefined) return known;
    const kept = await store.readKey(program.uniqueness.key);
    if (kept === undefined) {
      throw new CodedError('program.key-unknown', 'This distributor does not hold the key that this program names.');
    }
    const nullifiers = createNullifiers(program, digest, await sealer.open(kept.sealed, contextOf(kept.digest)));
    await store.addProgram({ id: program.id, digest });
    ready.set(digest, nullifiers);
    return nullifiers;
  }

  return {
    list: () => [...follower.state.programs.values()].filter(({ program }) => program.organiser === id),
    require(name) {
      const record = follower.state.programs.get(name);
      if (record?.program.organiser === id) return record;
      throw new CodedError('program.unknown', 'This distributor runs no program of this name.');
    },
    now: () => Math.max(clock.now(), follower.state.time),
    logTime: () => follower.state.time,
    async createKey() {
      if ((await store.countKeys()) >= MAX_KEYS) {
        throw new CodedError(
          'program.keys-full',
          `${MAX_KEYS} keys are kept here that were not destroyed with a program. Use one of them for the next.`,
        );
      }
      const key = entropy.bytes(KEY_BYTES);
      const digest = nullifierKeyDigest(key);
      await store.addKey({ digest, sealed: await sealer.seal(key, contextOf(digest)) });
      return digest;
    },
    assertReady: async (record) => {
      await open(record);
    },
    nullifiersOf: open,
  };
}

function contextOf(digest: string): string {
  return `nullifier key ${digest}`;
}

import {
  CodedError,
  cosignatureMessage,
  encodeAddCheckpoint,
  encodeCheckpoint,
  encodeCosignature,
  encodeNote,
  encodeSignatureLines,
  encodeUtf8,
  encodeVkey,
  NOTE_KEY_TYPE,
  noteMessage,
  type PublicJwk,
  parseAddCheckpoint,
  parseVkey,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import {
  createWitness,
  createWitnessStoreMemory,
  type NetworkRole,
  proveSuccessor,
  type Witness,
  type WitnessRole,
  type WitnessStore,
} from '@holdfast/server/roles';
import { type LogFounding, learnLogKey } from '@holdfast/verifier';
import type { IdealSignatures } from './ideal-signatures.ts';
import type { Oracles } from './oracles.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** `late`: sound, slow and often away. `liar`: signs other times and other trees than it has seen. */
export type WitnessHabit = 'sound' | 'late' | 'liar';

export type WitnessWorld = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly signatures: IdealSignatures;
  readonly logKey: PublicJwk;
  readonly origin: string;
  /** How the network was founded: what a witness believes everything by. */
  readonly founding: () => LogFounding;
  /** Whoever answers for the network now: where a witness asks when another key signs, or another log. */
  readonly log: () => LogAnswers | undefined;
};

type LogAnswers = Pick<NetworkRole, 'proveKeys' | 'fetchConsistencyProof' | 'fetchEntries' | 'fetchLineage'>;

/** How often somebody with the log's key tries to have another history signed, milliseconds. */
const TEMPTED_MS = 20_000;
const HOUR_S = 3600;

/** A witness as it runs, and what it has truly signed. */
export class WitnessNode {
  readonly name: string;
  readonly habit: WitnessHabit;
  readonly vkey: Vkey;
  readonly #world: WitnessWorld;
  readonly #random: Random;
  readonly #key: PublicJwk;
  readonly #store: WitnessStore = createWitnessStoreMemory();
  readonly #signed: { readonly origin: string; readonly size: number; readonly time: number }[] = [];
  /** Nobody reaches it. */
  isAway = false;
  /** It is reached by this network alone. */
  onlyFor: object | undefined;
  /** Who answers where the network usually does. */
  shownBy: (() => LogAnswers | undefined) | undefined;
  /** As it was kept: of the log that it looks at. */
  #kept: LogFounding | undefined;
  #role: WitnessRole;
  #isOver = false;

  constructor(world: WitnessWorld, name: string, habit: WitnessHabit) {
    this.name = name;
    this.habit = habit;
    this.#world = world;
    this.#random = world.random.fork(name);
    this.#key = world.signatures.createKey('EdDSA');
    this.vkey = vkeyOf(name, this.#key, NOTE_KEY_TYPE.ed25519Cosignature);
    this.#role = this.#start();
  }

  /** As the rulebook names it. */
  get member(): { readonly vkey: string; readonly url: string } {
    return { vkey: encodeVkey(this.vkey), url: `http://${this.name}` };
  }

  /** The newest time at which it truly signed a tree of this log of at most so many entries. */
  signedAt(origin: string, size: number): number {
    const within = this.#signed.filter((one) => one.origin === origin && one.size <= size);
    return Math.max(0, ...within.map(({ time }) => time));
  }

  /** Entries of the largest tree of this log that it has truly signed. */
  largest(origin: string): number {
    return Math.max(0, ...this.#signed.filter((one) => one.origin === origin).map(({ size }) => size));
  }

  /** Whether it signs this, asked by somebody who is no part of the network. */
  async signs(body: string): Promise<boolean> {
    return (await this.#role.addCheckpoint(body)).cosigned;
  }

  /** The way to it of one who runs the network. */
  doorOf(asker: object): Witness {
    const { addCheckpoint } = this.#door;
    const isFor = () => this.onlyFor === undefined || this.onlyFor === asker;
    return { addCheckpoint: (...asked) => (isFor() ? addCheckpoint(...asked) : Promise.reject(away())) };
  }

  readonly #door: Witness = {
    addCheckpoint: async (body, signal) => {
      const { scheduler } = this.#world;
      const isAway = !this.#isOver && this.habit === 'late' && this.#random.chance(0.3);
      const delayMs =
        this.habit === 'late' && !this.#isOver ? 500 + this.#random.below(9000) : 5 + this.#random.below(100);
      await scheduler.clock().sleep(delayMs, signal);
      if (isAway || this.isAway) throw away();
      const answer = await this.#role.addCheckpoint(body);
      if (!answer.cosigned) return answer;
      if (this.habit === 'liar' && !this.#isOver) return { cosigned: true, lines: this.#lie(body) };
      const { origin, size } = parseAddCheckpoint(encodeUtf8(body)).checkpoint;
      this.#signed.push({ origin, size, time: Math.floor(scheduler.now / 1000) * 1000 });
      // It dies between what it keeps and what it says, and comes back with what it kept.
      if (!this.#isOver && this.#random.chance(0.1)) {
        this.#role = this.#start();
        throw new CodedError('witness.unreachable', 'It died.');
      }
      return answer;
    },
  };

  /** Nothing goes wrong with it any more. */
  heal(): void {
    this.#isOver = true;
  }

  /** Somebody has the log's key, and another history: whoever is sound must not sign it. */
  tempt(oracles: Pick<Oracles, 'expect'>): void {
    const { scheduler } = this.#world;
    const again = () => {
      if (this.#isOver) return;
      this.#tryFork().then(
        (signed) => {
          oracles.expect(
            'witness-signs-one-history',
            !signed,
            scheduler.now,
            () => `${this.name} signed a second history`,
          );
          scheduler.after(1 + this.#random.below(2 * TEMPTED_MS), again);
        },
        () => undefined,
      );
    };
    if (this.habit !== 'liar') scheduler.after(TEMPTED_MS, again);
  }

  async #tryFork(): Promise<boolean> {
    const { signatures, logKey, origin } = this.#world;
    const held = await this.#store.read(origin);
    if (held === undefined) return false;
    const random = this.#random;
    const text = encodeCheckpoint({ origin, size: held.size + 1, root: random.bytes(32), extensions: [] });
    const { name, keyId } = vkeyOf(origin, logKey);
    const note = encodeNote({
      text,
      signatures: [{ name, keyId, signature: signatures.sign(logKey, noteMessage(text)) }],
    });
    const proof = Array.from({ length: 4 }, () => random.bytes(32));
    return (await this.#role.addCheckpoint(encodeAddCheckpoint(held.size, proof, note))).cosigned;
  }

  #start(): WitnessRole {
    const { scheduler, signatures } = this.#world;
    const role = createWitness({
      clock: scheduler.clock(),
      signer: { sign: async (_name, data) => signatures.sign(this.#key, data) },
      key: { name: 'witness', vkey: this.vkey },
      engine: signatures,
      store: this.#store,
      // From the log's own last epoch, as everybody learns of it.
      learnKey: async (_origin, held) => {
        const answers = this.#answers();
        const { fetchConsistencyProof: prove } = answers;
        const source = {
          fetchKeys: () => answers.proveKeys(),
          ...(prove === undefined ? {} : { fetchConsistencyProof: prove }),
        };
        const founding = this.#founding;
        const learned = await learnLogKey(source, { founding, held, engine: signatures }, new AbortController().signal);
        const { previous, compromised = [] } = learned?.log ?? {};
        const former = [...compromised, ...(previous === undefined ? [] : [previous])];
        return learned && { vkey: learned.vkey, former: former.map(({ vkey }) => parseVkey(vkey)) };
      },
      learnLog: async (origin) => {
        const known = this.#founding;
        const asked = { origin, known, engine: signatures };
        const next = await proveSuccessor(this.#answers(), asked, new AbortController().signal);
        if (next === undefined) return undefined;
        this.#kept = next.founding;
        return { vkey: next.founding.first, ended: known.origin };
      },
    });
    const { origin, logKey } = this.#world;
    role.addLog(this.#kept?.first ?? vkeyOf(origin, logKey));
    return role;
  }

  get #founding(): LogFounding {
    return this.#kept ?? this.#world.founding();
  }

  #answers(): LogAnswers {
    const answers = this.shownBy === undefined ? this.#world.log() : this.shownBy();
    if (answers !== undefined) return answers;
    throw new CodedError('witness.unreachable', 'The log is down.');
  }

  /** A time long over, one to come, or the right one under another tree. */
  #lie(body: string): string {
    const { scheduler, signatures } = this.#world;
    const { note } = parseAddCheckpoint(encodeUtf8(body));
    const now = Math.floor(scheduler.now / 1000);
    const lie = this.#random.below(3);
    const seconds = lie === 0 ? now + HOUR_S : lie === 1 ? now - HOUR_S : now;
    const text = lie === 2 ? note.text.replace(/\n\d+\n/, '\n1\n') : note.text;
    const signature = signatures.sign(this.#key, cosignatureMessage(text, seconds));
    const { name, keyId } = this.vkey;
    return encodeSignatureLines([{ name, keyId, signature: encodeCosignature(seconds, signature) }]);
  }
}

function away(): CodedError {
  return new CodedError('witness.unreachable', 'It is away.');
}

/** Three of them, two of whom are a quorum; one lies. */
export function createWitnessNodes(world: WitnessWorld): WitnessNode[] {
  const habits: readonly WitnessHabit[] = ['sound', 'late', 'liar'];
  return habits.map((habit, i) => new WitnessNode(world, `w${i + 1}.test`, habit));
}

/** The newest time at which somebody sound truly signed a tree of this log of at most so many entries; 0 before the first. */
export function soundlySignedAt(nodes: readonly WitnessNode[], origin: string, size: number): number {
  return Math.max(0, ...nodes.filter(({ habit }) => habit !== 'liar').map((node) => node.signedAt(origin, size)));
}

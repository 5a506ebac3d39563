import type { Rulebook } from '../rulebook/rulebook.ts';
import { keyRef, parseVkey, type Vkey } from './note.ts';

/** At least `threshold` of the members: witnesses, or groups of them. Each witness stands in one place only. */
export type WitnessQuorum = { readonly threshold: number; readonly members: readonly (Vkey | WitnessQuorum)[] };

/** Which cosignatures somebody relies on. `quorum` undefined: none is asked for. */
export type WitnessPolicy = {
  /** The logs it speaks of; empty: whichever its reader knows otherwise. */
  readonly logs: readonly Vkey[];
  readonly witnesses: readonly Vkey[];
  readonly quorum: WitnessQuorum | undefined;
};

/** One cosignature that was verified. `time` is unix milliseconds, `size` that of the tree it was given for. */
export type Cosigned = { readonly witness: string; readonly size: number; readonly time: number };

/**
 * What a quorum of witnesses says of how far a log had come. `time` is unix milliseconds: as of then a quorum had seen no
 * larger tree than the one that was read. Absent: no quorum has said anything yet.
 */
export type QuorumWord = { readonly time?: number; readonly by: readonly Cosigned[] };

/** The witnesses that a rulebook names; undefined where it names none. */
export function witnessPolicyOf({ witnesses }: Pick<Rulebook, 'witnesses'>): WitnessPolicy | undefined {
  if (witnesses === undefined) return undefined;
  const known = POLICIES.get(witnesses);
  if (known !== undefined) return known;
  const vkeys = witnesses.members.map(({ vkey }) => parseVkey(vkey));
  const policy = { logs: [], witnesses: vkeys, quorum: { threshold: witnesses.quorum, members: vkeys } };
  POLICIES.set(witnesses, policy);
  return policy;
}

/** A rulebook stays for months, and is asked at every epoch. */
const POLICIES = new WeakMap<object, WitnessPolicy>();

/**
 * The newest time that a quorum stands behind: in each group the threshold-th newest of its members' times, so that fewer
 * liars than the threshold make nothing young, and fewer than the rest make nothing old. `latest` gives the newest
 * cosignature of a key (`name+keyId`). What it names is the fewest that suffice, in an order of its own.
 */
export function quorumWord(
  quorum: WitnessQuorum,
  latest: (witness: string) => Cosigned | undefined,
): Required<QuorumWord> | undefined {
  const words = quorum.members
    .map((member) => ('members' in member ? quorumWord(member, latest) : wordOf(latest(keyRef(member)))))
    .filter((word) => word !== undefined)
    .sort((a, b) => b.time - a.time || compareTexts(a.by[0]?.witness, b.by[0]?.witness));
  const used = words.slice(0, quorum.threshold);
  const last = used.at(-1);
  if (last === undefined || used.length < quorum.threshold) return undefined;
  const by = used.flatMap((word) => word.by).sort((a, b) => compareTexts(a.witness, b.witness));
  return { time: last.time, by };
}

function wordOf(cosigned: Cosigned | undefined): Required<QuorumWord> | undefined {
  return cosigned === undefined ? undefined : { time: cosigned.time, by: [cosigned] };
}

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

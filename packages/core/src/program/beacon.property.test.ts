import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCodedError } from '../errors.ts';
import { assertRevealable, commitmentOf, commitRevealState, endOfRound, type Reveal } from './beacon.ts';

const ROUNDS = 3;
const PARTIES = ['city', 'church', 'union'];
const secretOf = (party: string, round: number) => `${party} ${round}`.padEnd(43, '.');
const TERMS = {
  kind: 'commit-reveal' as const,
  parties: PARTIES.map((id) => ({
    id,
    commitments: Array.from({ length: ROUNDS }, (_, round) => commitmentOf(secretOf(id, round))),
  })),
  revealWithinMs: 1000,
  exhausted: 'cancel' as const,
};
const SEAL = { program: 'p'.repeat(43), root: 'r'.repeat(43), sealedAt: 10_000 };

const reveal: fc.Arbitrary<Reveal> = fc
  .record({
    party: fc.constantFrom(...PARTIES),
    round: fc.nat({ max: ROUNDS - 1 }),
    at: fc.integer({ min: 9_900, max: 13_100 }),
    isForged: fc.nat({ max: 9 }),
  })
  .map(({ party, round, at, isForged }) => {
    return { party, round, at, secret: isForged === 0 ? 'forged' : secretOf(party, round) };
  });
const times = fc.integer({ min: 9_900, max: 13_100 });

describe('commit and reveal', () => {
  test('draws the first round in which all revealed in time, whatever the order in which they did', () => {
    const orders = fc
      .array(reveal, { maxLength: 20 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), times));
    fc.assert(
      fc.property(orders, ([all, other, now]) => {
        const state = commitRevealState(TERMS, SEAL, all, now);
        expect(commitRevealState(TERMS, SEAL, other, now)).toEqual(state);
        const isWhole = (round: number) =>
          PARTIES.every((party) =>
            all.some(
              (one) =>
                one.party === party &&
                one.round === round &&
                one.secret === secretOf(party, round) &&
                one.at < endOfRound(TERMS, SEAL, round),
            ),
          );
        const first = [0, 1, 2].find((round) => isWhole(round) || now < endOfRound(TERMS, SEAL, round));
        if (first === undefined) expect(state.state).toBe('exhausted');
        else if (!isWhole(first)) expect(state).toMatchObject({ state: 'waiting', round: first });
        else expect(state).toMatchObject({ state: 'drawn', evidence: { round: first } });
      }),
    );
  });

  test('never comes to another draw once it has come to one', () => {
    fc.assert(
      fc.property(
        fc.array(reveal, { maxLength: 20 }),
        fc.array(reveal, { maxLength: 5 }),
        times,
        times,
        (all, more, now, later) => {
          const drawn = commitRevealState(TERMS, SEAL, all, now);
          const after = more.filter(({ at }) => at >= now);
          const then = commitRevealState(TERMS, SEAL, [...all, ...after], Math.max(now, later));
          if (drawn.state === 'drawn') expect(then).toEqual(drawn);
        },
      ),
    );
  });

  test('takes no secret before the seal, before its round, after it, or from somebody else', () => {
    fc.assert(
      fc.property(fc.array(reveal, { maxLength: 20 }), (all) => {
        const taken: Reveal[] = [];
        for (const one of all.toSorted((a, b) => a.at - b.at)) {
          const before = commitRevealState(TERMS, SEAL, taken, one.at);
          const code = refusalOf(taken, one);
          if (one.secret === 'forged') expect(code).toBe('beacon.secret');
          else if (one.at < SEAL.sealedAt) expect(code).toBe('beacon.early');
          else if (before.state !== 'waiting') expect(code).toBe('beacon.late');
          else if (one.round === before.round) expect(code).toBeUndefined();
          else expect(code).toBe(one.round > before.round ? 'beacon.early' : 'beacon.late');
          if (code === undefined) taken.push(one);
        }
      }),
    );
  });

  test('waits for the seal, however early somebody comes', () => {
    const early = { party: 'city', round: 0, secret: secretOf('city', 0), at: 0 };
    expect(() => assertRevealable(TERMS, undefined, [], early)).toThrow(
      expect.objectContaining({ code: 'beacon.early' }),
    );
    const stranger = { ...early, party: 'stranger', at: 11_000 };
    expect(refusalOf([], stranger)).toBe('beacon.secret');
  });
});

function refusalOf(taken: readonly Reveal[], one: Reveal): string | undefined {
  try {
    assertRevealable(TERMS, SEAL, taken, one);
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
}

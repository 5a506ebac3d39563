import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credential, judgement, NOW, networkEvidence, networkView } from '../../test/judgement.ts';
import { LOSS_KINDS } from '../rulebook/rulebook.ts';
import { attributeLoss, DEFAULT_LOSS, type Later } from './attribute-loss.ts';
import type { DecidingEntry } from './explain.ts';
import { judge } from './judge.ts';

const VALID = judge(judgement());
/** Judged ten minutes after the network was last read: let in on trust, to be recovered if it turns out wrong. */
const STALE = judge(judgement({ evidence: networkEvidence(credential(), networkView(600_000)) }));
const OFFICERS = ['officer-a', 'officer-b'];

/** A revocation that this verdict had not read: reported and in effect at these moments. */
function decided(received: number, effectiveAt: number, entry = 15): DecidingEntry {
  const decision = { entry: entry - 1, power: 'revoke', class: 'issued-in-error', text: 'issued in error' };
  return { entry, effectiveAt, decisions: [{ ...decision, officers: OFFICERS, received, authorised: received }] };
}

const relied = (later: Later, verdict = VALID) => attributeLoss(verdict, { effect: 'final' }, later, undefined);

describe('who bears it, by what could be known when', () => {
  test('nobody, where nothing came of it', () => {
    expect(relied({})).toMatchObject({ kind: 'none', bearer: 'nobody', names: [] });
  });

  test('the issuer, for what nobody had reported yet', () => {
    const loss = relied({ deciding: decided(NOW + 1, NOW + 2) });
    expect(loss).toMatchObject({ kind: 'unreported', bearer: 'issuer', names: ['City of Example'] });
    expect(loss).toMatchObject({ judgedAt: NOW, receivedAt: NOW + 1, effectiveAt: NOW + 2, isStated: false });
  });

  test('whoever decides, for what had been reported and lay there', () => {
    const loss = relied({ deciding: decided(NOW - 60_000, NOW + 60_000) });
    expect(loss).toMatchObject({ kind: 'undecided', bearer: 'governor', names: OFFICERS });
  });

  test('whoever relied on it, for what was published and not read yet', () => {
    expect(relied({ deciding: decided(NOW - 2, NOW - 1) })).toMatchObject({ kind: 'unread', bearer: 'relying-party' });
  });

  test('the program, for what was advanced on old evidence as its rules allow', () => {
    const deciding = decided(NOW - 2, NOW - 1);
    expect(STALE.allows.effect).toBe('advance');
    const loss = attributeLoss(STALE, { effect: 'advance' }, { deciding }, undefined);
    expect(loss).toMatchObject({ kind: 'advanced', bearer: 'program' });
  });

  test('whoever went further than the verdict allowed, or later, or for more', () => {
    const deciding = decided(NOW + 1, NOW + 2);
    const beyond = { kind: 'beyond-verdict', bearer: 'relying-party' };
    expect(relied({ deciding }, STALE)).toMatchObject(beyond);
    const late = { effect: 'final', at: VALID.usableUntil + 1 } as const;
    expect(attributeLoss(VALID, late, { deciding }, undefined)).toMatchObject(beyond);
    const capped = { ...STALE, allows: { ...STALE.allows, maxAmount: '100' } };
    expect(attributeLoss(capped, { effect: 'advance', amount: '101' }, { deciding }, undefined)).toMatchObject(beyond);
    expect(attributeLoss(capped, { effect: 'advance', amount: '100' }, { deciding }, undefined).kind).toBe(
      'unreported',
    );
  });

  test('the verifier, for a verdict that does not follow from what it had read', () => {
    const wrong = { kind: 'wrong-verdict', bearer: 'verifier' };
    expect(relied({ isRefuted: true })).toMatchObject(wrong);
    // It says that it had read ten entries, and entry 7 revokes.
    expect(relied({ deciding: decided(NOW - 9, NOW - 8, 7) })).toMatchObject(wrong);
  });

  test('the network, where its log has two histories', () => {
    const loss = relied({ isForked: true });
    expect(loss).toMatchObject({ kind: 'fork', bearer: 'network', names: ['log.example/holdfast'] });
  });
});

test('a rulebook that says otherwise decides, and the answer says that it does', () => {
  const later = { deciding: decided(NOW - 2, NOW - 1) };
  const loss = attributeLoss(VALID, { effect: 'final' }, later, { loss: { unread: 'issuer' } });
  expect(loss).toMatchObject({ kind: 'unread', bearer: 'issuer', isStated: true });
});

test('law: somebody is named for every course of events, and an earlier report never helps the officers', () => {
  const moment = fc.integer({ min: NOW - 100_000, max: NOW + 100_000 });
  const arbitrary = fc.record({
    received: moment,
    delay: fc.nat(100_000),
    isStale: fc.boolean(),
    isFinal: fc.boolean(),
  });
  const rank = ['unreported', 'undecided', 'unread'];
  fc.assert(
    fc.property(arbitrary, ({ received, delay, isStale, isFinal }) => {
      const verdict = isStale ? STALE : VALID;
      const reliance = { effect: isFinal ? 'final' : 'advance' } as const;
      const at = (moved: number) => {
        const deciding = decided(received - moved, received + delay);
        return attributeLoss(verdict, reliance, { deciding }, undefined);
      };
      const [loss, earlier] = [at(0), at(1000)];
      expect(LOSS_KINDS).toContain(loss.kind);
      expect(loss.bearer).toBe(DEFAULT_LOSS[loss.kind]);
      if (rank.includes(loss.kind) && rank.includes(earlier.kind)) {
        expect(rank.indexOf(earlier.kind)).toBeGreaterThanOrEqual(rank.indexOf(loss.kind));
      }
    }),
  );
});

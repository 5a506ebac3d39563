import { encodeBase64url, type Power } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { civicParty } from '../../../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import { target } from '../../../test/governor-world.ts';
import type { KeptProposal } from '../../ports/decision-store.ts';
import { planBatch } from './batch.ts';

const SALT = encodeBase64url(new Uint8Array(16));
const NONE: ReadonlySet<string> = new Set();

function kept(id: string, power: Power, indices: readonly number[]): KeptProposal {
  const targets = indices.map((index) => ({ salt: SALT, kind: 'target' as const, value: target(index) }));
  const party = power === 'accredit' ? { party: civicParty(createIdealSignatures()) } : {};
  return {
    id,
    idempotencyKey: id,
    request: 'r',
    digest: id.padEnd(43, '_'),
    terms: {
      genesis: 'g',
      id,
      power,
      parameters: {},
      targets: { root: 'r', count: indices.length },
      class: 'c',
      rulebook: 0,
      expiry: 1,
    },
    openings: { targets, reasons: [], evidence: [], ...party },
    quorum: 2,
    proposedAt: 1,
    approvals: [],
  };
}

const ids = (batch: readonly KeptProposal[]) => batch.map(({ id }) => id);

describe('the next batch', () => {
  test('is empty when nothing is ready', () => {
    expect(planBatch([], NONE)).toEqual([]);
  });

  test('is everything about status that is ready, over parties that wait for their turn', () => {
    const ready = [
      kept('a', 'revoke', [1]),
      kept('b', 'accredit', [0]),
      kept('c', 'suspend', [2]),
      kept('d', 'lift', [3]),
    ];
    expect(ids(planBatch(ready, NONE))).toEqual(['a', 'c', 'd']);
  });

  test('is a party alone when it is its turn', () => {
    expect(ids(planBatch([kept('b', 'accredit', [0]), kept('a', 'revoke', [1])], NONE))).toEqual(['b']);
  });

  test('leaves for later what is about a credential that is in it', () => {
    const ready = [kept('a', 'revoke', [1, 2]), kept('b', 'suspend', [2, 3]), kept('c', 'revoke', [3])];
    expect(ids(planBatch(ready, NONE))).toEqual(['a', 'c']);
  });

  test('keeps those apart that were refused together', () => {
    const ready = [kept('a', 'revoke', [1]), kept('b', 'revoke', [2]), kept('c', 'revoke', [3])];
    expect(ids(planBatch(ready, new Set(['a'])))).toEqual(['a']);
    expect(ids(planBatch(ready, new Set(['b'])))).toEqual(['a', 'c']);
  });

  test('holds as many decisions as one statement names', () => {
    const ready = Array.from({ length: 40 }, (_, i) => kept(`p${i}`, 'revoke', [i]));
    expect(planBatch(ready, NONE)).toHaveLength(32);
  });

  test('holds as many changes as fit into one entry, and fills up with smaller ones', () => {
    const thousands = (id: string, from: number) =>
      kept(
        id,
        'revoke',
        Array.from({ length: 3500 }, (_, i) => from + 31 * i),
      );
    const ready = [thousands('a', 0), thousands('b', 1), thousands('c', 2), kept('d', 'revoke', [3])];
    expect(ids(planBatch(ready, NONE))).toEqual(['a', 'b', 'd']);
  });
});

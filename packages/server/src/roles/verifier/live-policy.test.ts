import { isCodedError } from '@holdfast/core';
import { type CheckConfig, EMPTY_POLICY, parsePolicy, policyDigest } from '@holdfast/verifier';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExternalCheckMemory, type MemoryCheck } from '../../../../verifier/src/checks/external-check-memory.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createWorldPolicy } from '../../../test/live-policy-world.ts';
import { createVerifierWorld, replay, START, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createPolicyStoreMemory } from '../../adapters/memory/policy-store.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import type { LivePolicy } from './live-policy.ts';
import { createVerifierRole } from './verifier-role.ts';

const LICENCE = {
  id: 'licence',
  kind: 'http',
  url: 'https://register.example/',
  maxAgeMs: 60_000,
  onSilence: 'unknown',
};
const VIEW = { class: 'view', freshness: { mode: 'any' } } as const;

let world: VerifierWorld;
let store: PolicyStore;
let checkers: Map<string, MemoryCheck>;
let live: LivePolicy;

beforeEach(async () => {
  world = await createVerifierWorld();
  store = createPolicyStoreMemory();
  checkers = new Map();
  live = await open();
});
afterEach(() => world[Symbol.asyncDispose]());

const open = () => createWorldPolicy(world, { store, createCheck });

function createCheck({ id, url = '' }: CheckConfig): MemoryCheck {
  const check = createExternalCheckMemory(url, { state: 'passed', asOf: START });
  checkers.set(id, check);
  return check;
}

const policyOf = (...checks: object[]) => parsePolicy({ id: 'default', checks });
const change = (...checks: object[]) => live.replace(policyOf(...checks), live.current().digest);
const hang = () => new Promise<never>(() => undefined);

describe('a policy that is changed while its verifier runs', () => {
  it('counts from the next question on, and after a restart', async () => {
    const text = world.credential();
    expect((await live.verifier.verify(text, VIEW)).verdict.basis.policy).toBe(policyDigest(EMPTY_POLICY));
    const { digest } = await change(LICENCE);
    const { verdict } = await live.verifier.verify(text, VIEW);
    expect([verdict.basis.policy, verdict.basis.checks?.length, live.current().since]).toEqual([digest, 1, START]);
    expect((await open()).current()).toMatchObject({ digest, since: START, policy: policyOf(LICENCE) });
  });

  it('does not touch a question under way: it keeps the policy that it began with', async () => {
    await change(LICENCE);
    const before = live.current().digest;
    checkers.get('licence')?.answer(hang);
    const waiting = live.verifier.verify(world.credential(), VIEW);
    await settle();
    await change();
    expect((await live.verifier.verify(world.credential(), VIEW)).verdict.outcome).toBe('valid');
    await world.clock.advance(300);
    const { verdict } = await waiting;
    expect([verdict.basis.policy, verdict.reasons[0]?.code]).toEqual([before, 'check.silent']);
  });

  it('never makes a question wait for a check that it does not need, nor touch its pool, however that check hangs', async () => {
    const elsewhere = { ...LICENCE, id: 'degree', requiredFor: { types: ['degree'] }, maxConcurrent: 1, queue: 0 };
    await change(elsewhere);
    checkers.get('degree')?.answer(hang);
    const answers = await Promise.all(Array.from({ length: 50 }, () => live.verifier.verify(world.credential(), VIEW)));
    expect(answers.every(({ verdict, durationMs }) => verdict.outcome === 'valid' && durationMs === 0)).toBe(true);
    expect(live.current().checks.degree).toMatchObject({ asked: 0, running: 0, waiting: 0 });
    expect(world.clock.sleeping()).toBeLessThan(3);
  });

  it('keeps what a check has found, as long as the check stays as it was', async () => {
    const text = world.credential();
    await change(LICENCE);
    await live.verifier.verify(text, VIEW);
    const register = checkers.get('licence');
    await change(LICENCE, { ...LICENCE, id: 'other' });
    await change({ ...LICENCE, requiredFor: { classes: ['view'] } });
    await live.verifier.verify(text, VIEW);
    expect([checkers.get('licence') === register, register?.questions.length]).toEqual([true, 1]);
    await change({ ...LICENCE, maxAgeMs: 1000 });
    await live.verifier.verify(text, VIEW);
    expect([checkers.get('licence') === register, checkers.get('licence')?.questions.length]).toEqual([false, 1]);
  });

  it('is changed by one of two who change it at once, and the other is told', async () => {
    const { digest } = live.current();
    const outcomes = await Promise.all(
      [LICENCE, { ...LICENCE, id: 'other' }].map((check) =>
        live.replace(policyOf(check), digest).then(
          () => 'changed',
          (error: unknown) => (isCodedError(error) ? error.code : 'failed'),
        ),
      ),
    );
    expect([...outcomes].sort()).toEqual(['changed', 'policy.changed']);
    expect(live.current().digest).toBe((await store.readCurrent())?.digest);
  });

  it('stays as it was when the new one cannot be put in force or kept', async () => {
    const { digest } = live.current();
    store.replace = () => Promise.reject(new Error('no disk'));
    await expect(change(LICENCE)).rejects.toThrow('no disk');
    expect(live.current().digest).toBe(digest);
  });

  it('follows what another process of this verifier was given, at the latest when it is changed here', async () => {
    const other = await open();
    await other.replace(policyOf(LICENCE), other.current().digest);
    await expect(change({ ...LICENCE, id: 'mine' })).rejects.toMatchObject({ code: 'policy.changed' });
    expect(live.current().digest).toBe(other.current().digest);
  });
});

describe('a verdict with checks', () => {
  it('is replayed from its bundle alone, and not with another result or rule in it', async () => {
    await change({ ...LICENCE, onSilence: 'reserve' });
    checkers.get('licence')?.answer({ state: 'failed', asOf: START });
    const role = createVerifierRole(await world.role('north', { verifier: live.verifier, live }));
    const { id, verdict } = await role.verify({ credential: world.credential() });
    expect(verdict.reasons).toEqual([{ code: 'check.failed', path: '/checks/licence' }]);
    const bundle = await role.replayBundle(id);
    expect(await replay(bundle, world.engine)).toMatchObject({ same: true, broken: [] });
    const [check] = bundle.checks ?? [];
    if (check?.found.ok !== true) throw new Error('the bundle was to hold the result');
    for (const changed of [
      { ...check, found: { ...check.found, result: 'passed' as const } },
      { ...check, found: { ...check.found, asOf: START - 1 } },
      { ...check, onSilence: 'advance' as const },
    ]) {
      expect((await replay({ ...bundle, checks: [changed] }, world.engine)).same).toBe(false);
    }
  });
});

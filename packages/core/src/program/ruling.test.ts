import { describe, expect, test } from 'vitest';
import type { CaseRecord } from '../cases/case-record.ts';
import { createNetworkState, type ExceptionRecord, type NetworkState } from '../fold/state.ts';
import { instructionOn, rulingOn, rulingsOf } from './ruling.ts';

const ADA = 'a'.repeat(43);
const SETTLE = instructionOn('relief', ADA, 'settle');
const CANCEL = instructionOn('relief', ADA, 'cancel');

function stateOf(exceptions: Record<string, Partial<ExceptionRecord>>, named: readonly Partial<CaseRecord>[] = []) {
  const state = createNetworkState();
  for (const [digest, record] of Object.entries(exceptions)) {
    state.exceptions.set(digest, { kind: 'payment', program: 'relief', entry: 1, ...record } as ExceptionRecord);
  }
  for (const [i, record] of named.entries()) state.docket.cases.set(`c${i}`, record as CaseRecord);
  return state;
}

const ruled = (state: NetworkState, application = ADA, program = 'relief') =>
  rulingOn(rulingsOf(state, program), program, application);
const about = (digest: string, stage: CaseRecord['stage'] = 'triaged'): Partial<CaseRecord> => ({
  stage,
  target: { of: 'payment', program: 'relief', digest },
});

describe('what the log rules about a payment that is set aside', () => {
  test('is nothing where it names something else', () => {
    const state = stateOf({ [SETTLE]: {} });
    expect(ruled(createNetworkState())).toBeUndefined();
    expect(ruled(state, 'b'.repeat(43))).toBeUndefined();
    expect(ruled(stateOf({ [SETTLE]: { program: 'other' } }))).toBeUndefined();
    expect(ruled(stateOf({ [SETTLE]: { kind: 'reinstatement' } }))).toBeUndefined();
  });

  test('makes it, returns it, and the last word counts', () => {
    expect(ruled(stateOf({ [SETTLE]: {} }))).toEqual({ way: 'post', entry: 1 });
    expect(ruled(stateOf({ [CANCEL]: {} }))).toEqual({ way: 'void', entry: 1 });
    expect(ruled(stateOf({ [ADA]: { kind: 'admission' } }))).toEqual({ way: 'post', entry: 1 });
    expect(ruled(stateOf({ [SETTLE]: { entry: 3 }, [CANCEL]: { entry: 2 } }))).toEqual({ way: 'post', entry: 3 });
    expect(ruled(stateOf({ [ADA]: { kind: 'admission' }, [CANCEL]: { entry: 2 } }))).toEqual({ way: 'void', entry: 2 });
  });

  test('sends no money by the power that returns it', () => {
    expect(ruled(stateOf({ [SETTLE]: { power: 'return' } }))).toBeUndefined();
    expect(ruled(stateOf({ [CANCEL]: { power: 'return' } }))).toEqual({ way: 'void', entry: 1 });
  });

  test('holds it while an open case has named it, and no longer', () => {
    for (const digest of [SETTLE, CANCEL]) expect(ruled(stateOf({}, [about(digest)]))).toEqual({ way: 'hold' });
    expect(ruled(stateOf({}, [about(SETTLE, 'final')]))).toBeUndefined();
    expect(ruled(stateOf({ [SETTLE]: {} }, [about(CANCEL)]))).toEqual({ way: 'post', entry: 1 });
  });
});

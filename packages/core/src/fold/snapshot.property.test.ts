import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildLog, foldEntry, LIST_URI, type LogBuilder } from '../../test/log-builder.ts';
import { logSteps, runStep } from '../../test/log-steps.ts';
import { buildProgram, draw, revealed, SECRETS, SOUTH_SECRETS, testOpenLottery } from '../../test/test-program.ts';
import { testRecognition } from '../../test/two-networks.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import type { NetworkState } from './state.ts';
import { parseStatement } from './statement.ts';

const CHECKPOINT = 'a note that the caller verifies';

/** Everything that a state holds: nothing is left out because somebody thought that it does not matter. */
function wholeOf(state: NetworkState): unknown {
  const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = [...state.lists].map(([id, { values, digest: _, packed: __, ...list }]) => [
    id,
    list,
    Buffer.from(values),
  ]);
  return structuredClone({
    ...state,
    lists,
    suspensions: sorted(state.suspensions),
    changes: sorted(state.changes),
    refused: sorted(state.refused),
    critical: [...state.critical].sort(),
    sections: sectionsOf(state),
  });
}

/** The snapshot of the log at the epoch that is entry `size` - 1. */
function snapshotAt(log: LogBuilder, size: number): NetworkState {
  const state = foldFrom(log, undefined, size);
  const bytes = encodeSnapshot(state, { epoch: log.entries[size - 1] ?? '', checkpoint: CHECKPOINT });
  if (bytes === undefined) return expect.fail('it is not that long');
  const snapshot = parseSnapshot(bytes);
  expect(wholeOf(snapshot.state)).toEqual(wholeOf(state));
  expect(snapshot.checkpoint).toBe(CHECKPOINT);
  expect(snapshot.epoch.bytes).toEqual(new TextEncoder().encode(log.entries[size - 1]));
  const again = encodeSnapshot(snapshot.state, { epoch: log.entries[size - 1] ?? '', checkpoint: CHECKPOINT });
  expect(Buffer.from(again ?? []).equals(bytes)).toBe(true);
  return snapshot.state;
}

function foldFrom(log: LogBuilder, from: NetworkState | undefined, to: number): NetworkState {
  const state = from ?? buildLog({ signatures: log.signatures, until: 'empty' }).state;
  for (const entry of log.entries.slice(state.tree.size, to)) foldEntry(state, entry, log.signatures);
  return state;
}

function acceptedEpochs(log: LogBuilder): number[] {
  const sizes: number[] = [];
  const state = foldFrom(log, undefined, 0);
  for (const entry of log.entries) {
    const result = foldEntry(state, entry, log.signatures);
    const parse = parseStatement(entry);
    if (result.ok && parse.ok && parse.statement.body.type === 'epoch') sizes.push(state.tree.size);
  }
  return sizes;
}

test('a snapshot at any epoch, and the rest folded onto it, is the whole folded', () => {
  fc.assert(
    fc.property(logSteps, fc.nat(), (steps, place) => {
      const log = buildLog();
      for (const step of steps) runStep(log, step);
      const epochs = acceptedEpochs(log);
      const size = epochs[place % epochs.length] ?? 0;
      const state = foldFrom(log, snapshotAt(log, size), log.entries.length);
      expect(wholeOf(state)).toEqual(wholeOf(log.state));
    }),
    { numRuns: 25 },
  );
});

test('a program is carried over at every step of its life, and goes on as if nothing had been left out', () => {
  const log = buildLog();
  buildProgram(log, 'drawable');
  log.append(draw(log));
  log.recognise(testRecognition());
  log.append(log.statement({ type: 'incident', v: 1, critical: [LIST_URI] }));
  log.append('garbage');
  log.epoch();
  for (const size of acceptedEpochs(log)) {
    expect(wholeOf(foldFrom(log, snapshotAt(log, size), log.entries.length))).toEqual(wholeOf(log.state));
  }
});

test('a secret that was revealed is carried over, and the draw goes on by it', () => {
  const log = buildLog();
  buildProgram(log, 'drawable', testOpenLottery);
  log.append(revealed(log, 'north', 0, SECRETS[0]));
  log.epoch();
  log.append(revealed(log, 'south', 0, SOUTH_SECRETS[0]));
  log.append(draw(log, { beacon: { kind: 'commit-reveal', round: 0, secrets: [SECRETS[0], SOUTH_SECRETS[0]] } }));
  log.epoch();
  expect(log.state.programs.get('relief')?.draw).toBeDefined();
  for (const size of acceptedEpochs(log)) {
    expect(wholeOf(foldFrom(log, snapshotAt(log, size), log.entries.length))).toEqual(wholeOf(log.state));
  }
});

test('a decision made before the snapshot is not accepted again after it', () => {
  const log = buildLog();
  log.revoke([{ list: LIST_URI, index: 3 }]);
  const decision = log.entries.at(-2) ?? '';
  log.epoch();
  const state = snapshotAt(log, log.entries.length);
  expect(foldEntry(state, decision, log.signatures)).toMatchObject({ ok: false, why: 'decision-repeated' });
});

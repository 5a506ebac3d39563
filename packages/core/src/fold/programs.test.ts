import { describe, expect, test } from 'vitest';
import { buildLog, foldEntries, type LogBuilder } from '../../test/log-builder.ts';
import {
  buildProgram,
  draw,
  exceptionAfter,
  intake,
  programAfter,
  RETRY,
  revealed,
  SECRETS,
  SOUTH_SECRETS,
  seal,
  testLottery,
  testOpenLottery,
  testProgram,
} from '../../test/test-program.ts';
import { bindingDigest } from '../governance/decision.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import type { ProgramRecord } from './state.ts';

function recordOf(log: LogBuilder): ProgramRecord {
  const record = log.state.programs.get('relief');
  if (record === undefined) throw new Error('the program was released');
  return record;
}

const reveal = (round: number, secret: string) => ({ kind: 'commit-reveal' as const, round, secrets: [secret] });

describe('a program in the log', () => {
  test('goes from release by intake and seal to its draw, each once, each at the place the log fixed', () => {
    const log = buildLog();
    buildProgram(log, 'drawable');
    const { judgedAt, sealedAt, seal: sealed } = recordOf(log);
    expect(sealed?.position).toBe(judgedAt?.size);
    expect(sealedAt).toEqual(log.state.position);
    expect(log.append(draw(log)).ok).toBe(true);
    expect(recordOf(log).draw).toMatchObject({ allocated: { total: '200' }, result: { level: '100' } });
    expect(log.state.refused.size).toBe(0);
  });

  test('is judged at the first epoch after the intake, however many follow', () => {
    const log = buildLog();
    buildProgram(log, 'judged');
    const { judgedAt } = recordOf(log);
    expect(judgedAt).toEqual(log.state.position);
    log.epoch();
    log.epoch();
    expect(recordOf(log).judgedAt).toEqual(judgedAt);
    expect(log.append(seal(log)).ok).toBe(true);
  });

  test('keeps where recognised networks stood at its intake, one position for each log, and commits to it', () => {
    const [plain, log] = [buildLog(), buildLog()];
    for (const one of [plain, log]) buildProgram(one, 'closed');
    const there = { log: 'log.example/other', size: 7, root: 'r'.repeat(43), time: log.state.time };
    const twice = [there, { ...there, size: 8 }];
    const unsorted = [there, { ...there, log: 'log.example/a' }];
    for (const recognised of [[], twice, unsorted, [{ ...there, size: 0 }]]) {
      expect(log.append(intake(log, { recognised })).ok).toBe(false);
    }
    expect(log.append(intake(log, { recognised: [there] })).ok).toBe(true);
    expect(plain.append(intake(plain)).ok).toBe(true);
    expect(recordOf(log).intake?.recognised).toEqual([there]);
    expect(sectionsOf(log.state).programs).not.toBe(sectionsOf(plain.state).programs);
    expect(foldEntries(log.entries, log.signatures).programs).toEqual(log.state.programs);
    log.epoch();
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'a checkpoint' });
    expect(parseSnapshot(bytes ?? new Uint8Array()).state.programs).toEqual(log.state.programs);
  });

  test('is committed to by every epoch, and means the same to a second fold', () => {
    const log = buildLog();
    const { programs, exceptions } = sectionsOf(log.state);
    buildProgram(log, 'drawable');
    expect(log.append(exceptionAfter(log, RETRY)).ok).toBe(true);
    log.epoch();
    expect(sectionsOf(log.state).programs).not.toBe(programs);
    expect(sectionsOf(log.state).exceptions).not.toBe(exceptions);
    const again = foldEntries(log.entries, log.signatures);
    expect(again.programs).toEqual(log.state.programs);
    expect(again.exceptions).toEqual(log.state.exceptions);
  });

  test('keeps the rules that officers signed, byte for byte', () => {
    const log = buildLog();
    buildProgram(log, 'accredited');
    const program = testProgram(log);
    log.append(programAfter(log, program));
    expect(recordOf(log).digest).toBe(bindingDigest(program));
    expect(log.append(programAfter(log, { ...program, budget: '2000' }))).toMatchObject({ why: 'program-exists' });
    expect(recordOf(log).program.budget).toBe('1000');
  });

  test('is nobody else’s to seal: only the organiser’s key speaks for it', () => {
    const log = buildLog();
    buildProgram(log, 'closed');
    const body = { type: 'intake', v: 1, program: 'relief', root: 'r'.repeat(43), count: 0 };
    for (const stranger of ['governor', 'network', 'civic statement']) {
      expect(log.append(log.statement(body, stranger))).toMatchObject({ why: 'unauthorised' });
    }
    expect(log.append(intake(log)).ok).toBe(true);
  });
});

describe('the chance of a lottery', () => {
  test('is the secrets that were committed to before anybody applied', () => {
    const log = buildLog();
    buildProgram(log, 'drawable', testLottery);
    expect(log.append(draw(log, { beacon: reveal(0, 'x'.repeat(43)) }))).toMatchObject({ why: 'program-beacon' });
    expect(log.append(draw(log, { beacon: reveal(0, SECRETS[0]) })).ok).toBe(true);
  });

  test('moves to the next round only when the round before is over', () => {
    const log = buildLog();
    buildProgram(log, 'drawable', testLottery);
    expect(log.append(draw(log, { beacon: reveal(1, SECRETS[1]) }))).toMatchObject({ why: 'program-beacon' });
    log.epoch(log.state.time + 3_600_000);
    expect(log.append(draw(log, { beacon: reveal(1, SECRETS[1]) })).ok).toBe(true);
  });

  test('whose secrets stand in the log is drawn with them, by the first round in which nobody kept silent', () => {
    const log = buildLog();
    buildProgram(log, 'drawable', testOpenLottery);
    const both = (round: 0 | 1) => ({
      kind: 'commit-reveal' as const,
      round,
      secrets: [SECRETS[round], SOUTH_SECRETS[round]],
    });
    expect(log.append(revealed(log, 'north', 0, SECRETS[0])).ok).toBe(true);
    // South told its secret to whoever runs the program, and not to the log.
    expect(log.append(draw(log, { beacon: both(0) }))).toMatchObject({ why: 'program-beacon' });
    log.epoch(log.state.time + 3_600_000);
    expect(log.append(revealed(log, 'south', 0, SOUTH_SECRETS[0]))).toMatchObject({ why: 'reveal-late' });
    for (const [party, secret] of [
      ['south', SOUTH_SECRETS[1]],
      ['north', SECRETS[1]],
    ] as const) {
      expect(log.append(draw(log, { beacon: both(1) }))).toMatchObject({ why: 'program-beacon' });
      expect(log.append(revealed(log, party, 1, secret)).ok).toBe(true);
    }
    expect(log.append(draw(log, { beacon: both(0) }))).toMatchObject({ why: 'program-beacon' });
    expect(recordOf(log).reveals?.map(({ party, round }) => [party, round])).toEqual([
      ['north', 0],
      ['south', 1],
      ['north', 1],
    ]);
    expect(log.append(draw(log, { beacon: both(1) })).ok).toBe(true);
    expect(log.append(revealed(log, 'south', 1, SOUTH_SECRETS[1]))).toMatchObject({ why: 'program-order' });
  });

  test('whose secrets somebody collects takes none into the log', () => {
    const log = buildLog();
    buildProgram(log, 'drawable', testLottery);
    expect(log.append(revealed(log, 'north', 0, SECRETS[0]))).toMatchObject({ why: 'program-order' });
  });

  test('cannot be drawn before an epoch has committed to the seal', () => {
    const log = buildLog();
    buildProgram(log, 'sealed', testLottery);
    expect(log.append(draw(log, { beacon: reveal(0, SECRETS[0]) }))).toMatchObject({ why: 'program-order' });
  });
});

import type { Program } from '@holdfast/core';
import { buildLog } from '../../core/test/log-builder.ts';
import { testLottery, testProgram } from '../../core/test/test-program.ts';
import type { ProgramCard } from '../src/http/page/money-state.ts';

const log = buildLog();
/** Time of the log in these cards, unix milliseconds. */
export const LOG_TIME = log.state.time;

const position = (time: number) => ({ log: 'log.example', size: 10, root: 'r', time });

/** A card of the page; what is not said is a sealed program that is open and to which nobody has applied. */
export function programCard(
  changes: Partial<Omit<ProgramCard, 'program'>> & {
    readonly program?: Partial<Program>;
    readonly lottery?: true;
  } = {},
): ProgramCard {
  const { program, lottery, ...rest } = changes;
  const base = lottery === undefined ? testProgram(log) : testLottery(log);
  return {
    program: { ...base, ...program },
    digest: 'd'.repeat(43),
    phase: 'open',
    entries: { program: 3 },
    applications: { all: 0, unjudged: 0, admitted: 0, refused: 0 },
    payments: {},
    ...rest,
  };
}

/** The same, after its seal stood in the log at that time. */
export function sealedCard(changes: Parameters<typeof programCard>[0] = {}, sealedAt = LOG_TIME): ProgramCard {
  return programCard({
    phase: 'paying',
    entries: { program: 3, intake: 5, seal: 7 },
    applications: { all: 12, unjudged: 0, admitted: 10, refused: 2 },
    judgedAt: position(sealedAt),
    sealedAt: position(sealedAt),
    ...changes,
  });
}

import { durationWords } from '../person/duration-words.ts';
import type { PageFrame, Say } from '../person/people-frame.ts';
import type { NetworkStatus } from './status-state.ts';

export type Mark = 'good' | 'waiting' | 'bad';
/** One part: how it does in a word, in a sentence, and what that means for people. */
export type StatusLine = {
  readonly title: string;
  readonly mark: Mark;
  readonly word: string;
  readonly words: string;
  readonly means: string;
};

type Told = { readonly say: Say; readonly frame: Pick<PageFrame, 'language'> };

/** A verifier further behind than this, or a log silent for so many ticks, is late. */
const LATE_AFTER_TICKS = 3;

export function linesOf(status: NetworkStatus, told: Told): readonly StatusLine[] {
  return [
    logLine(status, told),
    ...status.verifiers.map((verifier) => lagLine(verifier, status, told)),
    promisesLine(status, told),
    revocationsLine(status, told),
    casesLine(status, told),
    disagreementsLine(status, told),
  ];
}

/** What is worst, in one sentence; that all is well only where all is. */
export function headlineOf(status: NetworkStatus, told: Told): { readonly mark: Mark; readonly words: string } {
  const lines = linesOf(status, told);
  const worst = lines.find(({ mark }) => mark === 'bad') ?? lines.find(({ mark }) => mark === 'waiting');
  if (worst === undefined) return { mark: 'good', words: told.say('status.all_good') };
  return { mark: worst.mark, words: `${worst.title}: ${worst.words}` };
}

function logLine({ log, now }: NetworkStatus, { say, frame: { language } }: Told): StatusLine {
  const silentMs = Math.max(0, now - log.lastEpochAt);
  const common = { title: say('status.log'), means: say('status.log.means') };
  if (log.state !== 'running') {
    const words = say('status.log.stands', { state: log.state });
    return { ...common, mark: 'bad', word: say('status.log.stopped'), words };
  }
  const isLate = silentMs > LATE_AFTER_TICKS * log.tickMs;
  const words = say('status.log.is', {
    entry: `#${log.size - 1}`,
    ago: durationWords(silentMs, language),
    every: durationWords(log.tickMs, language),
  });
  return { ...common, mark: isLate ? 'bad' : 'good', word: say(`status.log.${isLate ? 'silent' : 'running'}`), words };
}

function lagLine(
  { name, readAt }: NetworkStatus['verifiers'][number],
  { log }: NetworkStatus,
  { say, frame: { language } }: Told,
): StatusLine {
  const common = { title: name, means: say('status.reader.means') };
  if (readAt === undefined) {
    return { ...common, mark: 'waiting', word: say('status.reader.away'), words: say('status.reader.silent') };
  }
  const lagMs = Math.max(0, log.lastEpochAt - readAt);
  const isLate = lagMs > LATE_AFTER_TICKS * log.tickMs;
  const words =
    lagMs === 0 ? say('status.reader.all') : say('status.reader.lag', { lag: durationWords(lagMs, language) });
  const word = say(`status.reader.${isLate ? 'behind' : 'up_to_date'}`);
  return { ...common, mark: isLate ? 'waiting' : 'good', word, words };
}

function promisesLine({ promises: { open, overdue, isPartial } }: NetworkStatus, { say }: Told): StatusLine {
  const isKept = overdue === 0;
  const common = { title: say('status.promises'), means: say('status.promises.means') };
  if (isKept && isPartial === true) {
    return { ...common, mark: 'waiting', word: say('status.differ.unknown'), words: say('status.promises.away') };
  }
  return {
    ...common,
    mark: isKept ? 'good' : 'bad',
    word: say(`status.promises.${isKept ? 'kept' : 'broken'}`),
    words: say(`status.promises.${isKept ? 'good' : 'late'}`, { open: `${open}`, overdue: `${overdue}` }),
  };
}

function revocationsLine({ promises: { lateRevocations: late } }: NetworkStatus, { say }: Told): StatusLine {
  return {
    title: say('status.revoked'),
    mark: late === 0 ? 'good' : 'waiting',
    word: say(`status.revoked.${late === 0 ? 'in_time' : 'some_late'}`),
    words: say(`status.revoked.${late === 0 ? 'good' : 'late'}`, { late: `${late}` }),
    means: say('status.revoked.means'),
  };
}

function casesLine({ cases }: NetworkStatus, { say }: Told): StatusLine {
  const { open, overdue, missed, unaccounted } = cases;
  const mark = overdue + unaccounted > 0 ? 'bad' : missed > 0 ? 'waiting' : 'good';
  const counts = { open: `${open}`, overdue: `${overdue}`, missed: `${missed}`, unaccounted: `${unaccounted}` };
  return {
    title: say('status.cases'),
    mark,
    word: say(`status.cases.${{ bad: 'overdue', waiting: 'missed', good: 'in_time' }[mark]}`),
    words: say('status.cases.is', counts),
    means: say('status.cases.means'),
  };
}

function disagreementsLine({ disagreements }: NetworkStatus, { say }: Told): StatusLine {
  const common = { title: say('status.differ'), means: say('status.differ.means') };
  if (disagreements === undefined) {
    return { ...common, mark: 'waiting', word: say('status.differ.unknown'), words: say('status.differ.away') };
  }
  const { compared, differing, unexplained } = disagreements;
  const counts = { compared: `${compared}`, differing: `${differing}`, unexplained: `${unexplained}` };
  const isGood = unexplained === 0;
  const word = say(`status.differ.${isGood ? 'explained' : 'unexplained'}`);
  return { ...common, mark: isGood ? 'good' : 'bad', word, words: say('status.differ.is', counts) };
}

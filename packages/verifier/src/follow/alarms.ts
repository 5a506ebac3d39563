import { isCodedError } from '@holdfast/core';

/** Something an operator should know about the feed. `at` is unix milliseconds of the local clock. */
export type Alarm = {
  readonly code: string;
  readonly at: number;
  readonly detail: string;
  /** How often it happened in a row; `at` is the latest. */
  readonly count: number;
  /** What the error carried: sizes, and for a fork both signed checkpoints. */
  readonly facts: Readonly<Record<string, unknown>>;
};

const MAX_ALARMS = 32;

export type Alarms = {
  raise(error: unknown, at: number): Alarm;
  list(): readonly Alarm[];
};

/** The last 32 alarms, oldest first. Each is told to `report`, except that one which repeats is told at 1, 2, 4, 8... */
export function createAlarms(report: (alarm: Alarm) => void): Alarms {
  let alarms: readonly Alarm[] = [];
  return {
    raise(error, at) {
      const { code, detail, facts } = describeError(error);
      const last = alarms.at(-1);
      const isRepeated = last?.code === code && last.detail === detail;
      const alarm: Alarm = { code, at, detail, facts, count: isRepeated ? last.count + 1 : 1 };
      alarms = [...(isRepeated ? alarms.slice(0, -1) : alarms), alarm].slice(-MAX_ALARMS);
      if (Number.isInteger(Math.log2(alarm.count))) report(alarm);
      return alarm;
    },
    list: () => alarms,
  };
}

function describeError(error: unknown): Pick<Alarm, 'code' | 'detail' | 'facts'> {
  if (isCodedError(error)) return { code: error.code, detail: error.message, facts: error.details };
  return { code: 'follower.fault', detail: error instanceof Error ? error.message : String(error), facts: {} };
}

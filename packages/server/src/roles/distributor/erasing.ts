import { type ProgramRecord, payoutTransfer } from '@holdfast/core';
import type { DistributorStore, JudgedApplication } from '../../ports/distributor-store.ts';
import type { Erasable, Stay } from '../../ports/erasable.ts';
import { MAX_LINES_PER_CALL, type SettlementStore } from '../../ports/settlement-store.ts';

export type DistributorErasingPorts = {
  readonly store: Pick<DistributorStore, 'readPerson' | 'eraseSent'>;
  readonly settlements: Pick<SettlementStore, 'erase'>;
  /** The program as the log has it. */
  readonly findProgram: (id: string) => ProgramRecord | undefined;
};

/**
 * What a distributor has of a person: what they sent, and where their money goes. It stays while money may still go there, or
 * nobody has decided yet; digests, salts, acknowledgements and amounts stay for good, as applicants check by them.
 */
export function createDistributorErasing({ store, settlements, findProgram }: DistributorErasingPorts): Erasable {
  async function eraseOne(one: JudgedApplication): Promise<{ sent: number; destinations: number; stays: Stay[] }> {
    const { program, application } = one;
    const until = endOf(findProgram(program));
    const date = until === undefined ? {} : { until };
    if (isOnItsWay(one)) {
      return { sent: 0, destinations: 0, stays: [{ what: 'applications', count: 1, why: whyOf(one), ...date }] };
    }
    const sent = await store.eraseSent(program, [application]);
    const { erased, left } = await settlements.erase(payoutTransfer(program, application), MAX_LINES_PER_CALL);
    const stays =
      left === 0 ? [] : [{ what: 'destinations', count: left, why: 'the payment has not arrived', ...date }];
    return { sent, destinations: erased, stays };
  }

  return {
    part: 'distributor',
    trace: async () => ({}),
    async erase({ holders, verdicts }) {
      const keys = holders.flatMap((holder) => [holder, `${holder}.signed`]);
      const found = keys.length + verdicts.length === 0 ? [] : await store.readPerson({ holders: keys, verdicts });
      const done: Awaited<ReturnType<typeof eraseOne>>[] = [];
      for (const one of found) done.push(await eraseOne(one));
      const sum = (of: 'sent' | 'destinations') => done.reduce((total, one) => total + one[of], 0);
      const erased = { applications: sum('sent'), destinations: sum('destinations') };
      return { part: 'distributor', erased, stays: together(done.flatMap(({ stays }) => stays)) };
    },
  };
}

/** Refused for good, returned, or handed over: what was sent is needed for nothing any more. */
function isOnItsWay({ admitted, payment }: JudgedApplication): boolean {
  if (admitted === false) return false;
  return payment?.state !== 'voided' && payment?.state !== 'carried';
}

function whyOf({ judgement, payment }: JudgedApplication): string {
  if (payment !== undefined) return 'money is on its way';
  return judgement === undefined ? 'it is not decided yet' : 'what it gets is not drawn yet';
}

/** When a program is over at the earliest, if everything in it goes as it should. */
function endOf(record: ProgramRecord | undefined): number | undefined {
  if (record === undefined) return undefined;
  const { program, sealedAt } = record;
  return (
    (sealedAt?.time ?? program.window.closesAt + program.intakeWithinMs) + program.appealMs + program.confirm.withinMs
  );
}

function together(stays: readonly Stay[]): Stay[] {
  const found = new Map<string, Stay>();
  for (const stay of stays) {
    const key = `${stay.what} ${stay.why}`;
    const known = found.get(key);
    const until = known?.until === undefined ? stay.until : Math.min(known.until, stay.until ?? known.until);
    const count = (known?.count ?? 0) + stay.count;
    found.set(key, { ...stay, count, ...(until === undefined ? {} : { until }) });
  }
  return [...found.values()];
}

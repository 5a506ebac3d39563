import type { NetworkState } from '../fold/state.ts';
import type { AuditProblem, AuditRule } from './audit-rule.ts';

const NETWORK = 'the network, whose epoch it is';

/** An epoch is this late before it is a sign: followers pull after as many ticks. */
const LATE_TICKS = 3;

/** Time only goes on; what is due takes effect with it, and nothing that is not; what was decided is carried out by then. */
export const epochRule: AuditRule = {
  name: 'epoch',
  look: ({ statement: { body }, decisions }, before) => {
    if (body.type !== 'epoch') return undefined;
    const { time, rulebook, scheduled, emergency } = before;
    const tickMs = rulebook?.body.tickMs ?? 0;
    const coming = [...scheduled];
    const due = [...before.suspensions].filter(([, until]) => until <= body.time).map(([key]) => key);
    const left = [...decisions.values()].filter(({ carriedBy }) => carriedBy === undefined);
    return (applied, after) => {
      if (!applied.ok) return [];
      const problems: AuditProblem[] = [];
      const broken = (detail: string) => problems.push({ grade: 'broken', who: NETWORK, detail });
      const sign = (who: string, detail: string) => problems.push({ grade: 'sign', who, detail });
      if (body.time <= time) broken(`Its time is ${body.time}, and the epoch before it had ${time}.`);
      const held = due.filter(
        (key) => after.suspensions.has(key) || (statusAt(after, key) === 2 && !after.docket.held.has(key)),
      );
      for (const key of held) broken(`The suspension of place ${key.replace(/^(.*) (\d+)$/, '$2 of $1')} had lapsed.`);
      const now = after.rulebook;
      const enacted = coming.find(({ index }) => index === now?.index);
      const isBack = emergency !== undefined && now?.index === emergency.base.index;
      if (isBack && emergency.lapsesAt > body.time) broken('An emergency amendment ended before its time.');
      if (emergency !== undefined && emergency.lapsesAt <= body.time && now?.index === emergency.index) {
        broken(`The emergency amendment #${emergency.index} stands although it had lapsed.`);
      }
      if (now?.index !== rulebook?.index && !isBack && (enacted === undefined || enacted.effectiveAt > body.time)) {
        broken(`Rulebook #${now?.index} came into force without having been announced for this time.`);
      }
      const gapMs = body.time - time;
      if (time > 0 && gapMs > LATE_TICKS * tickMs)
        sign(NETWORK, `No epoch came for ${gapMs} ms; one is due every ${tickMs} ms.`);
      for (const {
        index,
        body: { power },
      } of left) {
        sign(
          'the governor, who signed the decision',
          `Decision #${index} (${power}) was carried out by nothing and has lapsed.`,
        );
      }
      return problems;
    };
  },
};

function statusAt(state: Readonly<NetworkState>, key: string): number | undefined {
  const at = key.lastIndexOf(' ');
  return state.lists.get(key.slice(0, at))?.values[Number(key.slice(at + 1))];
}

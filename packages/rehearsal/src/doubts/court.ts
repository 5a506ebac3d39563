import {
  bindingDigest,
  type CaseRecord,
  type CaseTarget,
  isCodedError,
  isOpenCase,
  parseAttemptId,
} from '@holdfast/core';
import { createApproval, type StepDraft } from '@holdfast/server/roles';
import type { Random } from '../random.ts';
import { ABROAD, JUDGES, WRONGLY_REFUSED } from './doubt-rules.ts';
import { askDesk, type Complaint, type DoubtsWorld } from './doubts.ts';

/** Mean time between two looks of whoever looks. */
const CLERK_MS = 8000;
const OFFICERS_MS = 3000;
const MAX_TRIES = 30;

/** People who were refused, or of whom nobody decides, complain at the desk; some twice, and some lose the answer. */
export function startComplaints(doubts: DoubtsWorld): void {
  const { world, money, complaints } = doubts;
  repeat(doubts, 'complaints', CLERK_MS, async () => {
    for (const [number, sent] of money.sent.entries()) {
      if (sent.kind === 'swapper' || complaints.some((one) => one.sent === sent)) continue;
      const random = world.random.fork(`complaint ${number}`);
      const kept = await money.distributor.store.read(sent.program.id, sent.digest);
      const isRefused = kept?.admitted === false && random.chance(0.8);
      const isWaiting = kept?.payment?.state === 'reserved' && doubts.doubting.isDoubted(sent) && random.chance(0.3);
      if (!isRefused && !isWaiting) continue;
      for (const key of random.chance(0.3) ? ['first', 'again'] : ['first']) {
        const complaint = { sent, key: `${number} ${key}`, case: undefined, code: undefined };
        complaints.push(complaint);
        complain(doubts, complaint).catch(() => undefined);
      }
    }
  });
}

async function complain(doubts: DoubtsWorld, complaint: Complaint): Promise<void> {
  const { program, digest } = complaint.sent;
  const filing = {
    ...({ about: 'application', class: WRONGLY_REFUSED, remedy: 'admit' } as const),
    subject: { program: program.id, digest },
    statement: `Look again: --program ${program.id} --digest ${digest}`,
  };
  const answer = await insist(doubts, () =>
    askDesk(doubts, (desk) => desk.file(filing, { operator: `clerk ${complaint.key}` }, complaint.key)),
  );
  complaint.case = answer?.case;
  complaint.code = answer?.code;
  doubts.world.scheduler.touch();
}

/** How those who have this case are about it: the same whenever they look. */
type Temper = {
  readonly triage: 'admit' | 'dismiss' | 'never';
  readonly advances: boolean;
  readonly finding: 'uphold' | 'dismiss' | 'never' | 'of two minds';
  readonly appeals: boolean;
};

function temperOf({ world }: DoubtsWorld, { id }: CaseRecord): Temper {
  const random = world.random.fork(`temper ${id}`);
  return {
    triage: random.pick(['admit', 'admit', 'admit', 'dismiss', 'never'] as const),
    advances: random.chance(0.6),
    finding: random.pick(['uphold', 'uphold', 'dismiss', 'never', 'of two minds'] as const),
    appeals: random.chance(0.4),
  };
}

/** Officers do their part of a case, late, or never, or the one this and the other that; then time does the rest. */
export function startJudging(doubts: DoubtsWorld): void {
  const tried = new Set<string>();
  repeat(doubts, 'officers', OFFICERS_MS, async (random) => {
    const cases = doubts.desk.follower?.state.docket.cases.values() ?? [];
    for (const record of [...cases].filter(isOpenCase)) {
      const turn = `${record.id} ${record.stage} ${record.since}`;
      if (tried.has(turn) || !random.chance(0.4)) continue;
      tried.add(turn);
      act(doubts, record).catch(() => undefined);
    }
  });
}

async function act(doubts: DoubtsWorld, record: CaseRecord): Promise<void> {
  const temper = temperOf(doubts, record);
  const judges = JUDGES.map(({ id }) => id);
  switch (record.stage) {
    case 'filed': {
      if (temper.triage === 'never') return;
      const target = await targetOf(doubts, record);
      const isAdmitted = temper.triage === 'admit';
      if (record.about === 'payment') return triagePayment(doubts, record);
      const draft = { act: 'triage', admit: isAdmitted, ...(isAdmitted ? { target } : {}) } as const;
      return take(doubts, record, draft, ['officer-a']);
    }
    case 'triaged':
      return temper.advances ? take(doubts, record, { act: 'advance' }, ['officer-b', 'steward']) : undefined;
    case 'review':
    case 'appeal': {
      if (record.about === 'payment') return findOut(doubts, record);
      if (temper.finding === 'never') return;
      const target = await targetOf(doubts, record);
      const asked = record.stage === 'review' ? (record.asked ?? []) : judges;
      const find = (upheld: boolean) => ({ act: 'find', upheld, target, reasons: 'It was looked at.' }) as const;
      if (temper.finding !== 'of two minds') return take(doubts, record, find(temper.finding === 'uphold'), asked);
      const [one = '', other = ''] = asked;
      await Promise.all([take(doubts, record, find(true), [one]), take(doubts, record, find(false), [other])]);
      return;
    }
    case 'decided': {
      const complaint = doubts.complaints.find((one) => one.case === record.id);
      if (complaint?.code === undefined || !temper.appeals) return;
      const by = { code: complaint.code };
      const response = { act: 'appeal', statement: 'Look once more.' } as const;
      await insist(doubts, () =>
        askDesk(doubts, (desk) => desk.respond(record.id, response, by, `appeal ${complaint.key}`)),
      );
      return;
    }
    default:
      return;
  }
}

/** What the bank tells whoever comes to its counter, as the act that it is; undefined while it may still pay. */
async function foundOf(doubts: DoubtsWorld, { id }: CaseRecord) {
  const files = await insist(doubts, () => askDesk(doubts, (desk) => desk.files(id)));
  const said = files?.flatMap(({ opened }) => opened?.statement ?? []).join('\n') ?? '';
  const [, payment = ''] = /--payment (\S+)/.exec(said) ?? [];
  const [, attempt = ''] = /knows as (\S+)\./.exec(said) ?? [];
  const fate = doubts.money.bank.inquire(attempt);
  if (payment === '' || fate === 'open') return undefined;
  const act = fate === 'paid' ? 'settle' : 'cancel';
  const instruction = { program: ABROAD, act, payment, attempt: parseAttemptId(attempt)?.attempt ?? 1 } as const;
  const target = { of: 'payment', program: ABROAD, digest: bindingDigest(instruction) } as const;
  return { target, remedy: fate === 'paid' ? 'release' : 'return' } as const;
}

/** Whoever has found out names what they found; the others let it lie, and it is a case again. */
async function triagePayment(doubts: DoubtsWorld, record: CaseRecord): Promise<void> {
  const found = await foundOf(doubts, record);
  if (found !== undefined) await take(doubts, record, { act: 'triage', admit: true, ...found }, ['officer-b']);
}

async function findOut(doubts: DoubtsWorld, record: CaseRecord): Promise<void> {
  const { target } = record;
  const officers = record.stage === 'review' ? (record.asked ?? []) : JUDGES.map(({ id }) => id);
  const draft = { act: 'find', upheld: target !== undefined, reasons: 'The bank was asked.' } as const;
  await take(doubts, record, target === undefined ? draft : { ...draft, target }, officers);
}

/** What officers read in what was filed: nothing in the log says whom it is about. */
async function targetOf(doubts: DoubtsWorld, { id }: CaseRecord): Promise<CaseTarget> {
  const files = await insist(doubts, () => askDesk(doubts, (desk) => desk.files(id)));
  const said = files?.flatMap(({ opened }) => opened?.statement ?? []).join('\n') ?? '';
  const [, program = '', digest = ''] = /--program (\S+) --digest (\S+)/.exec(said) ?? [];
  return { of: 'application', program, digest };
}

/** Each of these officers signs who may; whoever may not is told so. */
async function take(
  doubts: DoubtsWorld,
  { id, stage, acts }: CaseRecord,
  draft: StepDraft,
  officers: readonly string[],
): Promise<void> {
  const key = `${id} ${stage} ${acts} ${officers[0]}`;
  const step = await insist(doubts, () => askDesk(doubts, (desk) => desk.propose(id, draft, key)));
  if (step?.digest === undefined) return;
  for (const officer of officers) {
    const approval = await createApproval(doubts.world.signer, officer, step.digest);
    await insist(doubts, () => askDesk(doubts, (desk) => desk.approve(step.id, approval)));
    doubts.world.scheduler.touch();
  }
}

/** Undefined when the desk says no. */
async function insist<Answer>({ world }: DoubtsWorld, ask: () => Promise<Answer>): Promise<Answer | undefined> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (isCodedError(error) && /^(?:case|approval)\./.test(error.code) && error.code !== 'case.unknown')
        return undefined;
      await world.scheduler.clock().sleep(500 * Math.min(attempt, 8));
    }
  }
  return undefined;
}

function repeat({ world }: DoubtsWorld, name: string, meanMs: number, look: (random: Random) => Promise<void>): void {
  const { scheduler } = world;
  const random = world.random.fork(name);
  const next = () => {
    look(random).catch(() => undefined);
    scheduler.after(1 + random.below(2 * meanMs), next);
  };
  scheduler.after(random.below(meanMs), next);
}

import type { Destination, Program } from '@holdfast/core';
import { createDestinationParser } from '@holdfast/server/roles';
import { come } from '../money/applying.ts';
import type { LossyLine } from '../money/lossy-line.ts';
import type { Money, Sent } from '../money/money.ts';
import { createApplication, present, unanswered } from '../money/presenting.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { Applicant } from './people.ts';
import type { Asked } from './rehearsed-program.ts';

const BURST_MS = 60_000;
const LATE_SHARE = 0.1;
/** Nobody comes before the release is read by those who take applications, nor when the door is about to close. */
const MARGIN_MS = 3000;

/** Everything that somebody will send, made beforehand, and who they are. */
export type Coming = { readonly applicant: Applicant; readonly sent: Sent };

/** In one order, whatever goes wrong later: so two rehearsals of the same people differ in nothing else. */
export function prepareComing(
  world: World,
  program: Program,
  asked: Asked,
  applicants: readonly Applicant[],
): Coming[] {
  const parser = createDestinationParser();
  return applicants.map((applicant) => {
    const random = world.random.fork(`applicant ${applicant.holder.index}`);
    const { holder } = applicant;
    const to = parser.parse(destinationOf(program, random)).destination;
    const application = createApplication(program, to, random);
    const at = timeOf(applicant, program, random);
    const presentation = present(world, application, { ...holder, claims: asked.claims, at });
    return { applicant, sent: unanswered({ kind: 'honest', program, holder, application, presentation, at }) };
  });
}

function timeOf({ group }: Applicant, { window: { opensAt, closesAt } }: Program, random: Random): number {
  const length = closesAt - opensAt - 2 * MARGIN_MS;
  const usual = { uniform: length, burst: BURST_MS, late: length * LATE_SHARE }[group.arrive];
  const within = Math.max(1, Math.min(length, group.arrive === 'uniform' ? length : (group.within ?? usual)));
  const after = random.below(within);
  return group.arrive === 'late' ? closesAt - MARGIN_MS - after : opensAt + MARGIN_MS + after;
}

function destinationOf({ id, destinations }: Program, random: Random): Destination {
  const kind = random.pick(destinations);
  const hex = Buffer.from(random.bytes(20)).toString('hex');
  switch (kind) {
    case 'internal':
      return { kind, account: `${id.slice(0, 40)}-${hex.slice(0, 16)}` };
    case 'eip155':
      return { kind, chainId: 1, address: `0x${hex}` };
    case 'iban':
      return { kind, iban: ibanOf(`${BigInt(`0x${hex}`)}`.slice(0, 18).padStart(18, '0')) };
    case 'msisdn':
      return { kind, msisdn: `+4915${`${BigInt(`0x${hex}`)}`.slice(0, 9).padStart(9, '0')}` };
    default:
      return kind satisfies never;
  }
}

/** Of Germany: its check digits are those of ISO 13616, with D and E as 13 and 14. */
function ibanOf(account: string): string {
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${`${check}`.padStart(2, '0')}${account}`;
}

/** Each comes at their time, and asks until they are answered; whoever has no credential yet gets it first. */
export function startArriving(world: World, money: Money, coming: readonly Coming[], issuerLine: LossyLine): void {
  for (const { applicant, sent } of coming) {
    const begin = () => come(world, money, sent);
    world.scheduler.at(sent.at, applicant.group.collects ? () => collect(world, issuerLine, begin) : begin);
  }
}

const MAX_TRIES = 10_000;

/** Asks the issuer until it answers: nobody can apply with what they do not have. */
async function collect({ scheduler }: World, line: LossyLine, begin: () => void): Promise<void> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const isGiven = await line
      .ask(
        () => true,
        async () => true,
        () => new Error('No answer.'),
      )
      .catch(() => false);
    if (isGiven) return begin();
    await scheduler.clock().sleep(500 * Math.min(attempt, 8));
  }
}

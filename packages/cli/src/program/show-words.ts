import type { Handoff, Program } from '@holdfast/core';
import { type KnownHandoffs, sayMissing, wordsOfHandoff } from '../handoff-words.ts';
import { grouped } from '../lists/list-flags.ts';
import { formatDuration } from '../output.ts';
import { wordsOfVersions } from './version-words.ts';
import type { ProgramView, Sum } from './view.ts';
import { dateOf, moneyIn } from './words.ts';

type Known = Pick<KnownHandoffs, 'handoffs' | 'silent'> | undefined;

/** One program in a line. */
export function lineOfView(view: ProgramView, width: number, now: number): string {
  const { program, applications } = view;
  const people = `${grouped(`${applications.all}`)} applied`;
  return `${program.id.padEnd(width)}  ${program.title}: ${phaseInWords(view, now)}, ${people}`;
}

/** One program on a screen. `known`: undefined for whoever may not see who has to act. */
export function wordsOfView(view: ProgramView, known: Known, now: number): string[] {
  const { program, digest } = view;
  const waiting = known?.handoffs;
  const isWaiting = known !== undefined && known.handoffs.length + known.silent.length > 0;
  return [
    `${program.title} (${program.id}): ${phaseInWords(view, now, isWaiting)}`,
    `Rules     ${digest}; run by ${program.organiser}`,
    ...wordsOfVersions(view, now),
    `Window    ${dateOf(program.window.opensAt)} until ${dateOf(program.window.closesAt)}`,
    `Applied   ${appliedInWords(view)}`,
    ...moneyInWords(view, waiting),
    `In log    ${entriesInWords(view)}`,
    ...exceptionsInWords(view),
    ...waitingInWords(view, known, now),
    `Next      ${nextInWords(view, now)}`,
  ];
}

/** Money that somebody still has to move. */
const UNFINISHED = ['planned', 'reserved', 'posted'] as const;

function phaseInWords({ phase, program: { window }, payments }: ProgramView, now: number, isWaiting = false): string {
  switch (phase) {
    case 'announced':
      return `opens in ${formatDuration(window.opensAt - now)}`;
    case 'open':
      return `open for another ${formatDuration(window.closesAt - now)}`;
    case 'closing':
      return 'closed, not taken in yet';
    case 'judging':
      return 'taken in, being judged';
    case 'drawing':
      return 'sealed, not drawn yet';
    case 'paying':
      return isWaiting || UNFINISHED.some((state) => payments.has(state)) ? 'paying' : 'paid out';
    default:
      return phase satisfies never;
  }
}

function appliedInWords({ applications: { all, unjudged, admitted, refused } }: ProgramView): string {
  const [of, judged, yes, no] = [all, all - unjudged, admitted, refused].map((count) => grouped(`${count}`));
  return `${of}: ${judged} judged, ${yes} admitted, ${no} refused`;
}

const NOTHING: Sum = { count: 0, total: 0n };

/**
 * What was given is what is paid and what is on its way out of the ledger; what is neither given nor promised is left for
 * others, or goes back at the end. Whoever may not see what is on its way sees both together.
 */
function moneyInWords({ program, payments }: ProgramView, waiting: readonly Handoff[] | undefined): string[] {
  const money = moneyIn(program.asset);
  const [planned, reserved, given, returned] = [
    sumOf(payments, 'planned'),
    sumOf(payments, 'reserved'),
    sumOf(payments, 'posted', 'carried'),
    sumOf(payments, 'voided'),
  ];
  const leaving = sumUp((waiting ?? []).filter(({ what }) => what === 'settlement'));
  const left = BigInt(program.budget) - planned.total - reserved.total - given.total;
  const row = (name: string, { count, total }: Sum) =>
    `          ${name.padEnd(18)}${money(total).padStart(16)}   ${grouped(`${count}`)} ${count === 1 ? 'person' : 'people'}`;
  return [
    `Budget    ${money(BigInt(program.budget))}, ${money(left)} of it free`,
    ...(planned.count === 0 ? [] : [row('allocated', planned)]),
    row('set aside', reserved),
    ...(waiting === undefined ? [row('paid or on its way', given)] : [row('paid', less(given, leaving))]),
    ...(leaving.count === 0 ? [] : [row('on its way out', leaving)]),
    row('returned', returned),
  ];
}

function sumOf(payments: ProgramView['payments'], ...states: readonly string[]): Sum {
  return states
    .map((state) => payments.get(state) ?? NOTHING)
    .reduce((a, b) => ({ count: a.count + b.count, total: a.total + b.total }), NOTHING);
}

function sumUp(handoffs: readonly Handoff[]): Sum {
  return handoffs.reduce(
    (sum, { count, amount = 0n }) => ({ count: sum.count + count, total: sum.total + amount }),
    NOTHING,
  );
}

/** What is on its way was given a moment before: read a moment later, it may be more than was. */
function less(given: Sum, leaving: Sum): Sum {
  const isLess = leaving.count <= given.count && leaving.total <= given.total;
  return isLess ? { count: given.count - leaving.count, total: given.total - leaving.total } : NOTHING;
}

function entriesInWords({ entries, program }: ProgramView): string {
  const isInstant = program.allocation.mode === 'instant';
  const names = ['program', 'intake', 'seal', ...(isInstant ? [] : (['draw'] as const))] as const;
  return names.map((name) => `${name} ${entries[name] === undefined ? '-' : `#${entries[name]}`}`).join(' · ');
}

const EXCEPTION_STATES: Readonly<Record<string, string>> = {
  waiting: 'will be done',
  'carried-out': 'done',
  'too-late': 'came too late: the lists are made, or the money has gone the other way',
  refused: 'cannot be done even so',
  unknown: 'fits nothing that is here',
};

function exceptionsInWords({ exceptions = [] }: ProgramView): string[] {
  return exceptions.map(({ entry, kind, state, why }, i) => {
    const words = `${kind === 'admission' ? 'an admission' : 'an act on a payment'}, #${entry}: ${EXCEPTION_STATES[state] ?? state}`;
    return `${i === 0 ? 'Ruled' : ''}`.padEnd(10) + words + (why === undefined ? '' : ` (${why})`);
  });
}

function waitingInWords({ program }: ProgramView, known: Known, now: number): string[] {
  if (known === undefined) return ['Waits     only operators see who has to act: --data FOLDER with the admin key'];
  const missing = sayMissing(known.silent);
  if (known.handoffs.length === 0 && missing === undefined)
    return ['Waits     nothing: no money and no application waits for anybody'];
  const naming = { organisers: new Set([program.organiser]), assets: new Map([[program.id, program.asset]]) };
  return [
    ...known.handoffs.flatMap((handoff) => wordsOfHandoff(handoff, naming, now)),
    ...(missing === undefined ? [] : [missing]),
  ].map((line, i) => `${i === 0 ? 'Waits' : ''}`.padEnd(10) + line);
}

function nextInWords({ program, phase, payments }: ProgramView, now: number): string {
  const { window, intakeWithinMs, allocation } = program;
  switch (phase) {
    case 'announced':
      return `people apply from ${dateOf(window.opensAt)} on`;
    case 'open':
      return allocation.mode === 'instant'
        ? `whoever applies is judged and paid at once, until ${dateOf(window.closesAt)}`
        : `until ${dateOf(window.closesAt)} people apply, early or late alike; by ${dateOf(window.closesAt + intakeWithinMs)} the log has them all`;
    case 'closing': {
      const by = window.closesAt + intakeWithinMs;
      const isLate = by < now ? `this is LATE by ${formatDuration(now - by)}, and every applicant can show it` : '';
      return `by ${dateOf(by)} the intake stands in the log${isLate === '' ? '' : `: ${isLate}`}`;
    }
    case 'judging':
      return 'all are judged as of one position, then the seal says who is admitted';
    case 'drawing':
      return drawInWords(program);
    case 'paying':
      return payingInWords(program, payments);
    default:
      return phase satisfies never;
  }
}

function drawInWords({ beacon }: Program): string {
  if (beacon === undefined) return 'the draw: within moments, as it leaves nothing to chance';
  if (beacon.kind === 'drand') {
    return `the draw: by the first round of drand ${formatDuration(beacon.stepMs)} after the seal`;
  }
  const parties = beacon.parties.map(({ id }) => id).join(', ');
  return `${parties} reveal their secrets, within ${formatDuration(beacon.revealWithinMs)} of the seal; then the draw`;
}

function payingInWords({ confirm, appealMs }: Program, payments: ProgramView['payments']): string {
  if ((payments.get('reserved')?.count ?? 0) > 0) {
    const otherwise = confirm.otherwise === 'return' ? 'returns to the program' : 'is paid';
    return `what is set aside is paid once fresh evidence confirms it; unconfirmed it ${otherwise} ${formatDuration(confirm.withinMs)} after the seal`;
  }
  if ((payments.get('planned')?.count ?? 0) > 0)
    return 'what is allocated is set aside, as the bound on reserves allows';
  return appealMs === 0
    ? 'what is left goes back where it came from'
    : `${formatDuration(appealMs)} after the seal what is left goes back, and what people sent is erased`;
}

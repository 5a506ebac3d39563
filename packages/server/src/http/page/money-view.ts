import { type Html, html } from './html.ts';
import type { Money, ProgramCard, Waiting } from './money-state.ts';
import {
  countOf,
  countPeople,
  describeDue,
  describeShares,
  describeStanding,
  describeWaiting,
  formatMoney,
  isOver,
  peopleOf,
  type StandingContext,
  splitBudget,
} from './money-words.ts';
import { describeDuration } from './words.ts';

/** The part of the page about money. It counts people and names none. */
export function renderMoney(money: Money): Html {
  switch (money.state) {
    case 'not-granted':
      return html`<p>There is no program here: the rules of this network let nobody release money. A network made with today's
        sample rules has one.</p>`;
    case 'silent':
      return html`<p class="note wait">How the money stands cannot be read just now. Nothing is lost by that; this page tries
        again by itself.</p>`;
    case 'read':
      return renderRead(money);
    default:
      return money satisfies never;
  }
}

type Read = Extract<Money, { readonly state: 'read' }>;

function renderRead(money: Read): Html {
  const { programs, more, waiting, logTime } = money;
  if (programs.length === 0) {
    return html`<p>There is no program yet. One begins when enough officers sign its rules, which are frozen from then on.</p>
      ${waiting.length === 0 ? '' : renderWaiting(waiting, logTime)}`;
  }
  return html`${HATCH}<div class="programs">${programs.map((card) => renderProgram(card, money))}</div>
    ${more === 0 ? '' : html`<p class="soft"><a href="/programs">${countOf(more, 'more program')}, as data</a></p>`}
    ${renderWaiting(waiting, logTime)}`;
}

/** Told apart from what is paid without seeing colours. */
const HATCH = html`<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"
  patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-ground"/><rect width="3" height="6" class="hatch-line"/></pattern></defs></svg>`;

function renderProgram(card: ProgramCard, context: StandingContext): Html {
  const { program, applications } = card;
  const { mark, word, next } = describeStanding(card, context);
  const { logTime } = context;
  const money = formatMoney(BigInt(program.budget), program.asset);
  return html`<article class="card program">
    <h3>${program.title} <span class="mark ${mark}">${word}</span></h3>
    <p class="soft"><a href="/programs/${program.id}">${program.id}</a>: ${money} in all; ${describeShares(card)}.</p>
    <p class="people">${renderCount(applications.all, applications.all === 1 ? 'application' : 'applications')}${renderOutcome(card)}</p>
    ${renderBar(card, logTime)}
    ${renderTable(card, logTime)}
    <p class="note ${mark}">${next}</p>
  </article>`;
}

/** Until the seal stands nobody is admitted or refused: before, numbers would only be on their way to it. */
function renderOutcome({ applications: { admitted, refused }, entries }: ProgramCard): Html | string {
  if (entries.seal === undefined) return '';
  return html` · ${renderCount(admitted, 'admitted')} · ${renderCount(refused, 'refused')}`;
}

function renderCount(count: number, word: string): Html {
  return html`<span class="whole"><b>${count.toLocaleString('en')}</b> ${word}</span>`;
}

type Part = { readonly kind: 'paid' | 'aside' | 'planned' | 'left'; readonly name: string; readonly amount: bigint };

function partsOf(card: ProgramCard, logTime: number): readonly Part[] {
  const { paid, aside, planned, left } = splitBudget(card);
  return [
    { kind: 'paid', name: 'Paid', amount: paid },
    { kind: 'aside', name: 'Set aside', amount: aside },
    // For a moment only, between the draw and the ledger.
    ...(planned === 0n ? [] : [{ kind: 'planned' as const, name: 'Allotted', amount: planned }]),
    { kind: 'left', name: isOver(card, logTime) ? 'Left, gone back' : 'Left', amount: left },
  ];
}

/** Hundredths of a percent, so that a sliver of a large budget is drawn and the whole never overflows. */
function shareOf(amount: bigint, budget: bigint): number {
  return Number((amount * 10_000n) / budget) / 100;
}

function renderBar(card: ProgramCard, logTime: number): Html {
  const { asset, budget } = card.program;
  const parts = partsOf(card, logTime).filter(({ amount }) => amount > 0n);
  const words = parts.map(({ name, amount }) => `${name.toLowerCase()} ${formatMoney(amount, asset)}`).join(', ');
  let from = 0n;
  const bars = parts.map(({ kind, amount }) => {
    const x = shareOf(from, BigInt(budget));
    from += amount;
    return html`<rect class="fill-${kind}" x="${x}%" width="${shareOf(from, BigInt(budget)) - x}%" height="100%"/>`;
  });
  return html`<svg class="bar" role="img" aria-label="Where the ${formatMoney(BigInt(budget), asset)} are: ${words}">${bars}</svg>`;
}

function renderTable(card: ProgramCard, logTime: number): Html {
  const { asset } = card.program;
  const people = countPeople(card);
  const rows = partsOf(card, logTime).map(({ kind, name, amount }) =>
    renderRow(swatch(kind), name, kind === 'left' ? '' : peopleOf(people[kind]), formatMoney(amount, asset)),
  );
  const { voided } = card.payments;
  const isReturned = voided !== undefined && voided.count > 0;
  return html`<table><caption class="unseen">Where the money is</caption>
    <thead class="unseen"><tr><th scope="col">Part</th><th scope="col">For</th><th scope="col">Amount</th></tr></thead>
    <tbody>${rows}${isReturned ? renderRow('', 'Returned', peopleOf(voided.count), formatMoney(voided.total, asset)) : ''}</tbody></table>
    ${isReturned ? html`<p class="soft">Returned: ${whereReturned(card)}</p>` : ''}`;
}

function whereReturned({ program }: ProgramCard): string {
  const where = program.returned === 'next' ? 'went to the next in the draw' : 'is part of what is left';
  return `it was set aside, and could not be confirmed. So it was not paid; it ${where}.`;
}

function renderRow(mark: Html | string, name: string, people: string, amount: string): Html {
  return html`<tr><th scope="row">${mark} ${name}</th><td>${people}</td><td class="sum">${amount}</td></tr>`;
}

function swatch(kind: Part['kind']): Html {
  return html`<svg class="swatch" aria-hidden="true"><rect class="fill-${kind}" width="100%" height="100%"/></svg>`;
}

/** Lines shown; what waits longest comes first. */
const MOST_WAITING = 8;

function renderWaiting(waiting: readonly Waiting[], logTime: number): Html {
  const rest = waiting.length - MOST_WAITING;
  return html`<h3 class="turn">On its way, and whose turn it is</h3>
    ${
      waiting.length === 0
        ? html`<p class="soft">Nothing waits for anybody: every handover is complete.</p>`
        : html`<ul class="waiting" role="list">${waiting.slice(0, MOST_WAITING).map((one) => renderTurn(one, logTime))}</ul>`
    }
    ${rest > 0 ? html`<p class="soft">and ${countOf(rest, 'more matter')}</p>` : ''}`;
}

function renderTurn(one: Waiting, logTime: number): Html {
  const due = one.dueBy === undefined ? '' : `, due by ${describeDue(one.dueBy, logTime)}`;
  return html`<li><b>${one.owner}</b> <span>${describeWaiting(one)}
    <span class="soft">for ${describeDuration(Math.max(0, logTime - one.since))}${due}</span></span></li>`;
}

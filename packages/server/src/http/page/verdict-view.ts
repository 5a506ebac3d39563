import {
  type Check,
  type CheckName,
  canonicalJson,
  type Effect,
  explain,
  homePosition,
  type Verdict,
} from '@holdfast/core';
import { wordsOfReason } from '../../spec.ts';
import { type Html, html } from './html.ts';
import type { Answer } from './page.ts';
import { clockTime, describeDuration } from './words.ts';

const CHECK_NAMES: Readonly<Record<CheckName, string>> = {
  format: 'Format',
  'issuer-signature': "Issuer's signature",
  'holder-binding': 'Holder',
  'validity-time': 'Time',
  'issuer-trust': 'Issuer may issue it',
  position: 'How far we had read',
  status: 'Status',
  freshness: 'Age of what we know',
  query: 'Question asked',
};

const PASSED: Readonly<Record<CheckName, string>> = {
  format: 'It can be read, by the strict rules.',
  'issuer-signature': 'The issuer signed exactly this.',
  'holder-binding': 'Its holder presented it for this request.',
  'validity-time': 'It is valid today.',
  'issuer-trust': 'The issuer is recognised for credentials of this type.',
  position: 'Far enough to judge this credential.',
  status: 'Neither revoked nor suspended, as far as we had read.',
  freshness: 'Young enough to be used.',
  query: 'It answers what was asked.',
};

const RESULT_WORDS = { passed: 'passed', failed: 'failed', skipped: 'not run' } as const;
const MARKS = { passed: 'yes', failed: 'no', skipped: 'idle' } as const;

const EFFECT_WORDS: Readonly<Record<Effect, string>> = {
  final: 'It may be relied on.',
  reserve: 'Money may be set aside, not paid, until fresher knowledge confirms.',
  advance: 'Let in, and recorded for review.',
  queue: 'It keeps its place; nothing moves yet.',
  none: 'Nothing.',
};

const NOT_ESTABLISHED: Readonly<Record<string, string>> = {
  'truth-of-claims': 'that what the issuer says is true',
  possession: 'that whoever showed it is its holder',
  revocation: 'whether it was revoked: it names no status list',
  'issuer-authority': 'that the issuer may issue such credentials',
  'accreditation-in-force': 'that the accreditation of the issuer has not ended: it counts by an exception',
  'validity-now': 'that it is still valid: it was judged as of an earlier point of the log',
  'witnessed-time': 'the time, beyond the word of the log operator: this network has no witnesses yet',
};

/** The words for what a verdict does not say. */
export function wordsOfNotEstablished(code: string): string {
  return NOT_ESTABLISHED[code] ?? code;
}

/** The answer of one verifier, or why there was none. */
export type Said = { readonly name: string } & (
  | { readonly verdict: Verdict }
  | { readonly failure: { readonly words: string; readonly code: string } }
);
type Answered = Extract<Said, { readonly verdict: Verdict }>;

/** yes, no or wait: how an outcome is coloured; the word is always beside it. */
function markOf(outcome: Verdict['outcome']): 'yes' | 'no' | 'wait' {
  if (outcome === 'valid') return 'yes';
  return outcome === 'unknown' || outcome === 'suspended' || outcome === 'not-yet-valid' ? 'wait' : 'no';
}

function outcomeWords(outcome: Verdict['outcome']): string {
  return outcome.replaceAll('-', ' ').toUpperCase();
}

/** All that was said of one credential: once where the verifiers agree, side by side and with the reason where not. */
export function renderVerdicts(said: readonly Said[]): Answer {
  const answered = said.filter((one): one is Answered => 'verdict' in one);
  const [first] = answered;
  if (first === undefined || answered.length < said.length || !isOneAnswer(answered))
    return renderApart(said, answered);
  const names = said.map(({ name }) => name).join(' and ');
  const word = outcomeWords(first.verdict.outcome);
  const view = html`<section class="answer" aria-labelledby="answer">
    <h2 id="answer" tabindex="-1" autofocus>${names} ${said.length === 1 ? 'says' : 'say'}:
      <span class="mark ${markOf(first.verdict.outcome)}">${word}</span></h2>
    ${renderBody(first.verdict, answered)}</section>`;
  return { title: word, view };
}

function isOneAnswer(answered: readonly Answered[]): boolean {
  const essence = ({ verdict: { outcome, reasons, checks, allows, issuer, notEstablished } }: Answered) =>
    canonicalJson({ outcome, reasons, checks, effect: allows.effect, issuer: issuer?.key ?? '', notEstablished });
  return new Set(answered.map(essence)).size === 1;
}

function renderApart(said: readonly Said[], answered: readonly Answered[]): Answer {
  const outcomes = [...new Set(answered.map(({ verdict }) => outcomeWords(verdict.outcome)))];
  const title = outcomes.length === 1 ? String(outcomes[0]) : outcomes.length === 0 ? 'No answer' : 'Two answers';
  const view = html`<section class="answer" aria-labelledby="answer">
    <h2 id="answer" tabindex="-1" autofocus>${headingOf(said, answered)}</h2>
    ${renderDifference(answered)}
    <div class="pair">${said.map(renderSide)}</div></section>`;
  return { title, view };
}

function headingOf(said: readonly Said[], answered: readonly Answered[]): string {
  if (answered.length === 0) return 'No answer';
  if (answered.length < said.length) return 'Not every verifier answers';
  const outcomes = new Set(answered.map(({ verdict }) => verdict.outcome));
  return outcomes.size > 1 ? 'They answer differently' : 'They agree, on different evidence';
}

function renderSide(one: Said): Html {
  if ('failure' in one) {
    return html`<article class="card"><h3>${one.name}: <span class="mark no">no answer</span></h3>
      <p>${one.failure.words}</p><p class="soft">${one.failure.code}</p></article>`;
  }
  const { outcome } = one.verdict;
  return html`<article class="card"><h3>${one.name} says: <span class="mark ${markOf(outcome)}">${outcomeWords(outcome)}</span></h3>
    ${renderBody(one.verdict, [one], 'h4')}</article>`;
}

/** Why two answers differ; nothing where there are not two that do. */
function renderDifference([a, b]: readonly Answered[]): Html | undefined {
  if (a === undefined || b === undefined) return undefined;
  const { agree, cause, gap } = explain(a, b);
  if (agree) return undefined;
  if (cause.kind === 'fork' || cause.kind === 'unexplained') {
    return html`<p class="note no">Nothing they stood on explains the difference: that is a fault. Rely on neither until an
      operator has looked.</p>`;
  }
  if (cause.kind === 'witnesses') {
    return html`<p class="note wait">Witnesses have confirmed less of late to ${cause.older}: what is confirmed later is
      younger, and the rules allow more then. Nobody needs to act.</p>`;
  }
  if (gap === null) {
    return html`<p class="note wait">They did not stand on the same evidence at the same moment. Ask again to see whether they agree now.</p>`;
  }
  const ahead = gap.behind === a.name ? b.name : a.name;
  return html`<p class="note wait">${gap.behind} has read nothing since ${clockTime(gap.beganAt)} and lacks ${gap.entries}
    ${gap.entries === 1 ? 'entry' : 'entries'} that ${ahead} has read. Neither is wrong: each answers from what it knew. It is up to
    ${gap.owner} to read on; then it will say the same. Until then rely on ${ahead}.</p>`;
}

function renderBody(verdict: Verdict, sides: readonly Answered[], level: 'h3' | 'h4' = 'h3'): Html {
  const heading = (text: string) => (level === 'h3' ? html`<h3>${text}</h3>` : html`<h4>${text}</h4>`);
  const { reasons, issuer, type, allows, checks, notEstablished } = verdict;
  return html`${reasons.map(renderReason)}
    <dl>
      <dt>What may follow</dt><dd>${EFFECT_WORDS[allows.effect]}${renderConfirmBy(allows.confirmBy)}</dd>
      <dt>Issuer</dt><dd>${issuer === undefined ? 'not known' : (issuer.name ?? issuer.id)}</dd>
      <dt>Type</dt><dd>${type ?? 'not known'}</dd>
      ${sides.map(({ name, verdict: own }) => html`<dt>${name} had</dt><dd>${describeBasis(own)}</dd>`)}
    </dl>
    ${heading('Every check')}
    <ul class="checks" role="list">${checks.map(renderCheck)}</ul>
    ${heading('What this does not say')}
    <ul class="plain">${notEstablished.map((code) => html`<li>${wordsOfNotEstablished(code)}</li>`)}</ul>`;
}

function renderConfirmBy(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : ` To be confirmed by ${clockTime(timeMs)}.`;
}

function renderReason({ code, path }: Verdict['reasons'][number]): Html {
  const { operator, next } = wordsOfReason(code);
  return html`<p><b>${operator}</b> ${next} <span class="soft">${code}${path === '' ? '' : ` at ${path}`}</span></p>`;
}

function describeBasis({ basis, freshness, ageMs }: Verdict): string {
  const position = homePosition(basis);
  const age = ageMs === undefined ? '' : ` (${freshness}, ${describeDuration(ageMs)} old)`;
  if (position === undefined) return `read no network${age}`;
  const seen = `seen up to #${position.size - 1}, ${clockTime(position.time)}`;
  const word = basis.witnessed?.find(({ log }) => log === position.log);
  if (word === undefined) return `${seen}${age}`;
  if (word.time === undefined) return `${seen} (${freshness}: no quorum of witnesses has confirmed anything yet)`;
  return `${seen}, confirmed by witnesses as of ${clockTime(word.time)}${age}`;
}

function renderCheck({ name, result, why }: Check): Html {
  const [title, good] = isOwn(name) ? [CHECK_NAMES[name], PASSED[name]] : [name, 'Whoever makes this check says yes.'];
  const words = result === 'passed' ? good : why === undefined ? '' : wordsOfReason(why).operator;
  return html`<li><span><span class="mark ${MARKS[result]}">${RESULT_WORDS[result]}</span></span>
    <span><b>${title}</b> <span class="soft">${words}</span></span></li>`;
}

function isOwn(name: Check['name']): name is CheckName {
  return Object.hasOwn(CHECK_NAMES, name);
}

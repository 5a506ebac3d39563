import type { Check, Verdict } from '@holdfast/core';
import { wordsOfReason } from '../../spec.ts';
import { type Html, html } from './html.ts';

const CHECK_WORDS: Readonly<Record<Check['name'], string>> = {
  format: 'It can be read',
  'issuer-signature': 'The issuer signed it',
  'holder-binding': 'Its holder presented it',
  'validity-time': 'It is in its time',
  'issuer-trust': 'The issuer may issue it',
  position: 'We have read far enough',
  status: 'It is not revoked',
  freshness: 'What we know is fresh',
  query: 'It answers the question',
};

const RESULT_WORDS = { passed: 'yes', failed: 'no', skipped: 'not checked' } as const;
const MARKS = { passed: 'yes', failed: 'no', skipped: 'wait' } as const;

const NOT_ESTABLISHED: Readonly<Record<string, string>> = {
  'truth-of-claims': 'that what the issuer says is true',
  possession: 'that the person presenting it is its holder',
  revocation: 'whether it was revoked: it names no status list',
  'issuer-authority': 'that the issuer may issue such credentials',
  'witnessed-time': 'the time, beyond the word of the log operator: this network has no witnesses yet',
};

/** The words for what a verdict does not say. */
export function wordsOfNotEstablished(code: string): string {
  return NOT_ESTABLISHED[code] ?? code;
}

/** yes, no or wait: how an outcome is coloured; the word is always beside it. */
export function markOf(outcome: Verdict['outcome']): 'yes' | 'no' | 'wait' {
  if (outcome === 'valid') return 'yes';
  return outcome === 'unknown' || outcome === 'suspended' || outcome === 'not-yet-valid' ? 'wait' : 'no';
}

/** A whole verdict: outcome, reasons, every check, what follows and what it does not say. */
export function renderVerdict(verdict: Verdict, verifier: string): Html {
  return html`
    <section aria-labelledby="answer">
      <h2 id="answer">The answer of ${verifier}: <span class="mark ${markOf(verdict.outcome)}">${verdict.outcome}</span></h2>
      ${verdict.reasons.map(({ code }) => html`<p>${wordsOfReason(code).operator} <span class="soft">${code}</span></p>`)}
      <dl>
        <dt>Issuer</dt><dd>${verdict.issuer === undefined ? 'not known' : `${verdict.issuer.name ?? verdict.issuer.id} (${verdict.issuer.source})`}</dd>
        <dt>Type</dt><dd>${verdict.type ?? 'not known'}</dd>
        <dt>What may follow</dt><dd>${verdict.allows.effect}</dd>
        <dt>Evidence</dt><dd>${verdict.freshness}${verdict.ageMs === undefined ? '' : `, ${Math.round(verdict.ageMs / 1000)} s old`}</dd>
      </dl>
      <h3>Every check</h3>
      <ul class="checks">${verdict.checks.map(renderCheck)}</ul>
      <h3>What this does not say</h3>
      <ul>${verdict.notEstablished.map((code) => html`<li>${wordsOfNotEstablished(code)}</li>`)}</ul>
    </section>`;
}

function renderCheck({ name, result, why }: Check): Html {
  const reason = why === undefined ? '' : wordsOfReason(why).operator;
  return html`<li><span><span class="mark ${MARKS[result]}">${RESULT_WORDS[result]}</span></span>
    <span>${CHECK_WORDS[name]}</span><span class="soft">${reason}</span></li>`;
}

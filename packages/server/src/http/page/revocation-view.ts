import type { CodedError } from '@holdfast/core';
import { html } from './html.ts';
import type { Answer } from './page.ts';

/** How far a revocation has come. */
export type RevocationAnswer = {
  readonly id: string;
  readonly needed: number;
  /** The officers who have signed. */
  readonly approvals: readonly string[];
  readonly isDone: boolean;
};

/** `missing` are the officers here who have not signed. */
export function renderRevocation(answer: RevocationAnswer, label: string, missing: readonly string[]): Answer {
  const { id, needed, approvals, isDone } = answer;
  const signed = approvals.join(' and ');
  if (isDone) {
    const view = html`<section class="answer" aria-labelledby="answer">
      <h2 id="answer" tabindex="-1" autofocus><span class="mark no">Revoked</span> the credential of ${label}</h2>
      <p>${signed} signed. The decision is in the log. Each verifier refuses the credential as soon as it has read that far.</p>
      <p class="soft">Decision ${id}</p></section>`;
    return { title: 'Revoked', view };
  }
  const more = needed - approvals.length;
  const title = more === 1 ? 'Waiting for the second officer' : `Waiting for ${more} more officers`;
  const view = html`<section class="answer" aria-labelledby="answer">
    <h2 id="answer" tabindex="-1" autofocus><span class="mark wait">${title}</span></h2>
    <p>${signed} signed to revoke the credential of ${label}. Nothing has changed yet: it stays valid until
      ${missing.join(' or ')} signs too, in the box “Revoke” below.</p>
    <p class="soft">Decision ${id}, ${approvals.length} of ${needed} signatures</p></section>`;
  return { title, view };
}

/** Failures that happen before an officer's key was used. */
const BEFORE_SIGNING = ['request.', 'officer.', 'key.', 'revoke.'];

/** A form that could not be answered. `heading` says what did not happen. */
export function renderFailure(heading: string, { code, message }: CodedError): Answer {
  const isBefore = BEFORE_SIGNING.some((family) => code.startsWith(family));
  const after = isBefore ? 'Nothing was changed.' : 'It may be sent again: a repeat counts once.';
  const view = html`<section class="answer" aria-labelledby="answer">
    <h2 id="answer" tabindex="-1" autofocus><span class="mark no">${heading}</span></h2>
    <p>${message} ${after}</p><p class="soft">${code}</p></section>`;
  return { title: heading, view };
}

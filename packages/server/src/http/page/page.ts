import type { Position } from '@holdfast/core';
import { type Html, html } from './html.ts';
import type { EntryLine } from './words.ts';

/** What one verifier says of itself; undefined when it does not answer. */
export type VerifierCard = {
  readonly id: string;
  readonly name: string;
  readonly isAnswering: boolean;
  readonly position?: Position;
  readonly phase?: string;
};

export type PageState = {
  readonly now: number;
  readonly title: string;
  readonly verifiers: readonly VerifierCard[];
  readonly entries: readonly EntryLine[];
  /** Present in development, where officers' sealed keys lie on this machine. */
  readonly officers: readonly string[];
};

/** Older than this a verifier is shown as behind, in milliseconds: three ticks of the sample network. */
const BEHIND_AFTER_MS = 15_000;

export function renderPage(state: PageState, answer?: Html): string {
  return `<!doctype html>${
    html`<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${state.title} · Holdfast</title>
  <link rel="stylesheet" href="/page.css">
  <script src="/page.js" defer></script>
</head>
<body>
  <header>
    <h1>${state.title}</h1>
    <p>Prove things and pay people, predictably, when conditions aren't.</p>
  </header>
  <main>
    ${answer}
    <div id="live" aria-live="polite">${renderLive(state)}</div>
    ${renderVerifyBox(state.verifiers)}
    ${state.officers.length === 0 ? '' : renderRevokeBox(state.officers)}
  </main>
  <footer class="soft">
    <p><a href="/rulebook">The rules</a> · <a href="/log/checkpoint">The checkpoint</a> · <a href="/openapi.json">For developers</a></p>
  </footer>
</body>
</html>`.markup
  }`;
}

/** The part that changes: sent alone to a page that is already open. */
export function renderLive(state: PageState): Html {
  return html`<div class="pair">${state.verifiers.map((card) => renderVerifier(card, state))}</div>
    <section aria-labelledby="log"><h2 id="log">The last entries of the log</h2>
      <ol class="log">${state.entries.map(renderEntry)}</ol></section>`;
}

function renderVerifier(card: VerifierCard, { now, verifiers }: PageState): Html {
  const furthest = Math.max(0, ...verifiers.map(({ position }) => position?.size ?? 0));
  const { position } = card;
  if (position === undefined) {
    const word = card.isAnswering ? 'has read nothing yet' : 'does not answer';
    return html`<div class="card"><h2>${card.name}</h2><p><span class="mark no">${word}</span></p></div>`;
  }
  const ageMs = Math.max(0, now - position.time);
  const isBehind = ageMs > BEHIND_AFTER_MS;
  const missing = furthest - position.size;
  return html`<div class="card"><h2>${card.name}</h2>
    <p class="big">seen up to #${position.size - 1}, <time datetime="${new Date(position.time).toISOString()}">${clockTime(position.time)}</time></p>
    <p><span class="mark ${isBehind ? 'wait' : 'yes'}">${isBehind ? 'cut off or late' : 'up to date'}</span>
      <span class="soft">${Math.round(ageMs / 1000)} s old${missing > 0 ? `, ${missing} entries behind` : ''}</span></p></div>`;
}

function renderEntry(line: EntryLine): Html {
  const number = line.first === line.last ? `#${line.last}` : `#${line.first}–${line.last}`;
  return html`<li><span>${number}</span><span class="soft">${line.kind}${line.time === undefined ? '' : ` ${clockTime(line.time)}`}</span><span>${line.words}</span></li>`;
}

function clockTime(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8);
}

function renderVerifyBox(verifiers: readonly VerifierCard[]): Html {
  return html`<section aria-labelledby="verify"><h2 id="verify">May I rely on this?</h2>
    <form method="post" action="/check">
      <label for="credential">Paste a credential (SD-JWT VC)</label>
      <textarea id="credential" name="credential" required maxlength="65536" spellcheck="false" autocomplete="off"></textarea>
      <label for="verifier">Ask</label>
      <select id="verifier" name="verifier">${verifiers.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}</select>
      <button type="submit">Verify</button>
    </form></section>`;
}

function renderRevokeBox(officers: readonly string[]): Html {
  return html`<section aria-labelledby="revoke"><h2 id="revoke">Revoke</h2>
    <p class="soft">Two officers have to sign. In development their keys lie on this machine, each sealed by a passphrase in
      <code>.holdfast/keys/OFFICER.passphrase</code>.</p>
    <form method="post" action="/revoke" autocomplete="off">
      <label for="label">Whose credential</label><input id="label" name="label" required maxlength="100" value="ada">
      <label for="officer">Signed by</label>
      <select id="officer" name="officer">${officers.map((officer) => html`<option>${officer}</option>`)}</select>
      <label for="passphrase">That officer's passphrase</label>
      <input id="passphrase" name="passphrase" type="password" required maxlength="200">
      <button class="grave" type="submit">Sign the revocation</button>
    </form></section>`;
}

import type { EntryLine } from '@holdfast/core';
import { describeGap, LATE_AFTER_MS } from './gap.ts';
import { type Html, html } from './html.ts';
import { renderMoney } from './money-view.ts';
import type { Filled, PageState, VerifierCard } from './page-state.ts';
import { clockTime, describeDuration, describeRange } from './words.ts';

/** The value of the form's verifier field that asks all of them. */
export const ALL_VERIFIERS = '*';

/** An answer to a form: it stands first on the page, and its title is the first thing a screen reader says. */
export type Answer = { readonly title: string; readonly view: Html };

export function renderPage(state: PageState, answer?: Answer, filled: Filled = {}): string {
  return `<!doctype html>${
    html`<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="referrer" content="same-origin">
  <title>${answer === undefined ? '' : `${answer.title} · `}${state.title} · Holdfast</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/page.css">
  <script src="/page.js" defer></script>
</head>
<body>
  <header>
    <h1>${state.title}</h1>
    <p class="soft">Verifiers here read one public log, each by itself. Every answer says how far its verifier had read.</p>
  </header>
  <main>
    ${answer?.view}
    <p id="lost" class="note no" role="alert" hidden>This page has lost its connection. What it shows is from before;
      it tries again by itself.</p>
    <section aria-labelledby="verifiers-title">
      <h2 id="verifiers-title">The verifiers, side by side</h2>
      <div id="verifiers">${renderVerifiers(state)}</div>
    </section>
    <section aria-labelledby="money-title">
      <h2 id="money-title">Money</h2>
      <p class="soft">People show a credential and get money under rules that officers signed beforehand, each person once.
        Money is paid only on fresh knowledge; until then it is set aside. Times are those of the log.</p>
      <div id="money">${renderMoney(state.money)}</div>
    </section>
    <div class="tasks">
      ${renderVerifyBox(state.verifiers, filled)}
      ${state.officers.length === 0 ? '' : renderRevokeBox(state.officers, filled)}
    </div>
    <section aria-labelledby="log-title">
      <h2 id="log-title">The last entries of the log</h2>
      <p class="soft">Newest first. A time says when the entry was confirmed and so took effect.</p>
      <div id="log">${renderLog(state)}</div>
    </section>
  </main>
  <footer>
    <nav aria-label="More"><a href="/console/">The console for operators</a> <a href="/rulebook">The rules</a> <a href="/log/checkpoint">The checkpoint</a>
      <a href="/openapi.json">For developers</a></nav>
    <noscript><p class="soft">This page was made at ${clockTime(state.now)}. Reload it for newer.</p></noscript>
  </footer>
</body>
</html>`.markup
  }`;
}

/** The parts that change, each under the id it has on the page: fetched by a page that is already open. */
export function renderLive(state: PageState): Html {
  return html`<div id="verifiers">${renderVerifiers(state)}</div>
    <div id="money">${renderMoney(state.money)}</div>
    <div id="log">${renderLog(state)}</div>`;
}

function renderVerifiers(state: PageState): Html {
  const { mark, words } = describeGap(state.verifiers, state.now);
  return html`<div class="pair">${state.verifiers.map((card) => renderVerifier(card, state))}</div>
    <p class="note ${mark}">${words}</p>`;
}

function renderVerifier(card: VerifierCard, { now, verifiers }: PageState): Html {
  const { position } = card;
  if (position === undefined) {
    const word = card.isAnswering ? 'has read nothing yet' : 'does not answer';
    return html`<article class="card"><h3>${card.name} <span class="mark no">${word}</span></h3></article>`;
  }
  const ageMs = Math.max(0, now - position.time);
  const isLate = ageMs > LATE_AFTER_MS;
  const missing = Math.max(...verifiers.map((other) => other.position?.size ?? 0)) - position.size;
  return html`<article class="card">
    <h3>${card.name} <span class="mark ${isLate ? 'wait' : 'yes'}">${isLate ? 'late' : 'up to date'}</span></h3>
    <p class="big">seen up to #${position.size - 1}, <time datetime="${new Date(position.time).toISOString()}">${clockTime(position.time)}</time></p>
    <p class="soft">${describeDuration(ageMs)} old${missing > 0 ? `, ${missing} ${missing === 1 ? 'entry' : 'entries'} behind` : ''}</p>
    ${renderWitnessed(card)}
  </article>`;
}

function renderWitnessed({ witnessedAt }: VerifierCard): Html | undefined {
  if (witnessedAt === undefined) return undefined;
  if (witnessedAt === null) return html`<p class="soft">no quorum of witnesses has confirmed anything yet</p>`;
  const at = new Date(witnessedAt).toISOString();
  return html`<p class="soft">witnesses confirm what it knows as of <time datetime="${at}">${clockTime(witnessedAt)}</time></p>`;
}

function renderLog({ entries }: PageState): Html {
  return html`<ol class="log" role="list">${entries.map(renderEntry)}</ol>`;
}

function renderEntry({ first, last, time, kind, words }: EntryLine): Html {
  const when =
    time === undefined ? 'waits' : html`<time datetime="${new Date(time).toISOString()}">${clockTime(time)}</time>`;
  return html`<li${kind === 'epoch' ? html` class="quiet"` : ''}><span class="number">${describeRange(first, last)}</span>
    <span class="when">${when}</span> <span class="words">${words} <span class="kind">${kind}</span></span></li>`;
}

function renderVerifyBox(verifiers: readonly VerifierCard[], { credential, verifier }: Filled): Html {
  const all = verifiers.map(({ name }) => name).join(' and ');
  const choices = [
    { id: ALL_VERIFIERS, name: `${all}, side by side` },
    ...verifiers.map(({ id, name }) => ({ id, name })),
  ];
  return html`<section aria-labelledby="verify-title">
    <h2 id="verify-title">May I rely on this?</h2>
    <p class="soft" id="verify-about">Asking changes nothing. The sample network left a credential to try in
      <code>ada.txt</code> of its data folder.</p>
    <form method="post" action="/ask">
      <label for="credential">Paste a credential (SD-JWT VC)</label>
      <textarea id="credential" name="credential" required rows="6" spellcheck="false" autocapitalize="off"
        autocomplete="off" aria-describedby="verify-about">
${credential}</textarea>
      <label for="verifier">Ask</label>
      <select id="verifier" name="verifier">${choices.map(({ id, name }) => renderOption(id, name, verifier))}</select>
      <button type="submit">Verify</button>
    </form></section>`;
}

function renderRevokeBox(officers: readonly string[], { label, officer }: Filled): Html {
  return html`<section aria-labelledby="revoke-title">
    <h2 id="revoke-title">Revoke</h2>
    <p class="soft" id="revoke-about">One officer's signature changes nothing: a revocation waits for the second officer, who signs
      here too.</p>
    <form method="post" action="/revoke" autocomplete="off">
      <label for="label">Whose credential, by the issuer's label</label>
      <input id="label" name="label" required maxlength="100" autocapitalize="off" spellcheck="false"
        value="${label ?? 'ada'}" aria-describedby="revoke-about">
      <label for="officer">Signed by</label>
      <select id="officer" name="officer">${officers.map((id) => renderOption(id, id, officer))}</select>
      <label for="passphrase">That officer's passphrase</label>
      <input id="passphrase" name="passphrase" type="password" required maxlength="200" autocomplete="off"
        aria-describedby="passphrase-about">
      <p class="soft" id="passphrase-about">In development it lies in the data folder, in
        ${officers.map((id, i) => html`${i === 0 ? '' : ' or '}<code>keys/${id}.passphrase</code>`)}. It is used once and forgotten.</p>
      <button class="grave" type="submit">Sign the revocation</button>
    </form></section>`;
}

function renderOption(id: string, name: string, chosen: string | undefined): Html {
  return html`<option value="${id}"${id === chosen ? html` selected` : ''}>${name}</option>`;
}

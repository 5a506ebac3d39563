import { type Phrase, sayDate, type Wording, wordsIn } from '@holdfast/core';
import { MAX_STATEMENT_LENGTH } from '../../roles/governor/cases/filing.ts';
import type { PersonView } from '../../roles/person/person-desk.ts';
import { type Html, html } from '../page/html.ts';
import { markOf, type PageFrame, renderFrame, renderPhrase, type Say, sayer } from './people-frame.ts';

/** What came of a form: a sentence, and where to look now. `failure`: the code of the sentence that says what went wrong. */
export type Notice = { readonly code: string; readonly link?: string; readonly failure?: string };

/** Whether this server can tell people, and whether whoever holds this code is told. */
export type Telling = 'cannot' | 'off' | 'on';

const MAX_CONTACT = 300;

/** One person's own matter. `key`: makes a form that is sent twice one thing. */
export function renderPersonPage(
  view: PersonView,
  frame: PageFrame,
  asked: { readonly key: string; readonly telling: Telling; readonly notice?: Notice },
): string {
  const say = sayer(frame);
  const { outcome, changed, contact } = view;
  const { what, why, by, owner, appeal, mood, since } = outcome;
  const said = (phrase: Phrase) => renderPhrase(phrase, frame);
  const part = (title: string, phrases: readonly Phrase[], style = '') =>
    renderPart(say(title), phrases.map(said), style);
  const person: Phrase =
    contact === undefined ? { code: 'contact.none' } : { code: 'contact.person', values: { name: contact } };
  return renderFrame(frame, {
    title: say(what.code, what.values),
    kind: say('page.title'),
    body: html`${renderNotice(asked.notice, say)}
    <h1 class="${mood}">${said(what)}</h1>
    <div class="card">
      ${part('page.why', why)}
      ${part('page.by', by, 'by')}
      ${part('page.owner', [owner])}
      ${changed.length === 0 ? '' : part('page.changed', changed)}
      ${since === undefined ? '' : renderPart(say('page.since'), [html`${sayDate(since, frame.words, frame.language)}`])}
      ${part('page.wrong', [appeal])}
      ${part('page.contact', [person])}
    </div>
    ${renderForms(view, frame, asked.key)}
    ${renderTelling(asked.telling, frame)}
    <p class="soft">${say('page.secret')} <code dir="ltr">${frame.path}</code></p>`,
    footer: renderLinks(say),
  });
}

/** What opens nothing here, or cannot be looked up now; and the box for a code from paper. */
export function renderDoor(frame: PageFrame, reason?: 'gone' | 'busy' | 'away'): string {
  const say = sayer(frame);
  const told = {
    gone: ['page.gone', 'page.gone_why', 'page.gone_next'],
    busy: ['page.busy'],
    away: ['page.away'],
  };
  const [first, ...rest] = reason === undefined ? ['page.enter'] : told[reason];
  return renderFrame(frame, {
    title: say(first ?? ''),
    kind: say('page.title'),
    body: html`<h1 class="${reason === undefined ? 'over' : 'waiting'}">${say(first ?? '')}</h1>
    ${rest.length === 0 ? '' : html`<div class="card">${rest.map((code) => html`<p>${say(code)}</p>`)}</div>`}
    ${reason === 'away' ? '' : renderDoorForm(frame, say)}`,
    footer: renderLinks(say),
  });
}

/** What else there is for whoever has a phone that can; nothing on this page needs it. */
function renderLinks(say: Say): Html {
  const links = [
    ['/wallet', 'link.wallet'],
    ['/status-page', 'link.status'],
  ] as const;
  return html`<p class="links">${links.map(([to, code]) => html`<a href="${to}">${say(code)}</a> `)}</p>`;
}

function renderDoorForm({ language }: PageFrame, say: Say): Html {
  return html`<form class="card" method="post" action="/me?lang=${language}">
      <label for="code">${say('page.enter')}</label>
      <input id="code" name="code" required maxlength="100" dir="ltr" autocomplete="off" autocapitalize="off" spellcheck="false">
      <button type="submit">${say('page.open')}</button>
    </form>`;
}

function renderPart(title: string, sentences: readonly Html[], style = ''): Html {
  return html`<section${style === '' ? '' : html` class="${style}"`}><h2>${title}</h2>${sentences.map((sentence) => html`<p>${sentence}</p>`)}</section>`;
}

function renderNotice(notice: Notice | undefined, say: Say): Html | undefined {
  if (notice === undefined) return undefined;
  const { code, link, failure } = notice;
  const address = link === undefined ? '' : html` <a href="${link}"><code dir="ltr">${link}</code></a>`;
  const why = failure === undefined ? '' : ` ${say(failure)}`;
  const role = failure === undefined ? 'status' : 'alert';
  return html`<p class="note ${failure === undefined ? 'good' : 'bad'}" role="${role}">${say(code)}${address}${why}</p>`;
}

function renderForms(view: PersonView, frame: PageFrame, key: string): Html {
  const { acts } = view.outcome;
  return html`${acts.includes('complain') ? renderComplaint(view, frame, key) : ''}
    ${acts.includes('appeal') ? renderResponse('appeal', frame, key) : ''}
    ${acts.includes('withdraw') ? renderResponse('withdraw', frame, key) : ''}`;
}

function renderComplaint({ reasons }: PersonView, frame: PageFrame, key: string): Html {
  const say = sayer(frame);
  const options = reasons.map(({ class: named, text }) => renderOption(named, text, frame));
  return html`<form class="card" method="post" action="${frame.path}/complaints?lang=${frame.language}">
      <input type="hidden" name="key" value="${key}">
      <label for="class">${say('page.reason')}</label>
      <select id="class" name="class">${options}</select>
      ${renderWords(say, true)}
      <label for="contact">${say('page.reach')}</label>
      <input id="contact" name="contact" maxlength="${MAX_CONTACT}" autocomplete="email">
      <p class="soft">${say('page.sealed')}</p>
      <button type="submit">${say('page.complain')}</button>
    </form>`;
}

function renderOption(value: string, wording: Wording | string, { language }: PageFrame): Html {
  return html`<option value="${value}"${markOf(wording, language)}>${wordsIn(wording, language).text}</option>`;
}

function renderWords(say: Say, isNeeded: boolean): Html {
  return html`<label for="statement">${say('page.words')}</label>
      <textarea id="statement" name="statement" rows="5" maxlength="${MAX_STATEMENT_LENGTH}"${isNeeded ? html` required` : ''}></textarea>`;
}

function renderResponse(act: 'appeal' | 'withdraw', frame: PageFrame, key: string): Html {
  const say = sayer(frame);
  const form = html`<form method="post" action="${frame.path}/responses?lang=${frame.language}">
      <input type="hidden" name="key" value="${key}.${act}"><input type="hidden" name="act" value="${act}">
      ${act === 'appeal' ? renderWords(say, true) : ''}
      <button type="submit"${act === 'withdraw' ? html` class="second"` : ''}>${say(act === 'appeal' ? 'page.appeal' : 'page.withdraw')}</button>
    </form>`;
  // To take a complaint back takes one press more than to go on with it.
  if (act === 'appeal') return html`<div class="card">${form}</div>`;
  return html`<details class="card"><summary>${say('page.withdraw')}</summary>${form}</details>`;
}

function renderTelling(telling: Telling, frame: PageFrame): Html | undefined {
  if (telling === 'cannot') return undefined;
  const say = sayer(frame);
  const action = `${frame.path}/notices?lang=${frame.language}`;
  if (telling === 'on') {
    return html`<form class="card" method="post" action="${action}"><p>${say('page.notify_on')}</p>
      <input type="hidden" name="act" value="stop"><button class="second" type="submit">${say('page.notify_stop')}</button></form>`;
  }
  return html`<details class="card"><summary>${say('page.notify')}</summary><form method="post" action="${action}">
      <input type="hidden" name="act" value="tell">
      <label for="address">${say('page.notify_address')}</label>
      <input id="address" name="address" type="email" required maxlength="254" autocomplete="email" dir="ltr">
      <p class="soft">${say('page.notify_about')}</p>
      <button type="submit">${say('page.notify_send')}</button></form></details>`;
}

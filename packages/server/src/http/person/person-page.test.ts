import type { PersonLanguage, Wording } from '@holdfast/core';
import { expect, test } from 'vitest';
import type { PersonView } from '../../roles/person/person-desk.ts';
import { PAGE_WORDS } from '../../spec.ts';
import { renderPersonPage } from './person-page.ts';

const ENDED: Wording = { text: 'residence <b>ended</b>', language: 'en', texts: { es: 'fin & nada más' } };
const DESK: Wording = { text: 'Desk', language: 'en', texts: { es: 'Oficina', ar: 'مكتب' } };

function pageIn(language: PersonLanguage, reason: Wording | string = ENDED): string {
  const view: PersonView = {
    ...{ code: 'a-7k3m-7k3m-7k3m-7k3m-7k3m', contact: DESK, reasons: [{ class: 'over', text: reason }] },
    changed: [{ code: 'change.decision', values: { reason } }],
    outcome: {
      ...{ code: 'credential.revoked', mood: 'bad', acts: ['complain'], by: [{ code: 'by.none' }] },
      what: { code: 'credential.revoked.what', values: { name: 'residence' } },
      why: [{ code: 'credential.revoked.why', values: { reason } }],
      owner: { code: 'owner.you' },
      appeal: { code: 'appeal.file' },
    },
  };
  const frame = { language, words: PAGE_WORDS, now: 1_800_000_000_000, path: '/me', title: DESK };
  return renderPersonPage(view, frame, { key: 'k', telling: 'cannot' });
}

test('a person reads the rulebook’s words in their language where it has them', () => {
  const page = pageIn('es');
  expect(page).toContain('Los responsables dieron este motivo: fin &amp; nada más.</p>');
  expect(page).toContain('<option value="over">fin &amp; nada más</option>');
  expect(page).toContain('Puede hablar con una persona: Oficina.');
  expect(page).toContain('<bdi>Oficina</bdi></p>');
  expect(page).not.toContain('lang="en" dir="ltr">residence');
});

test('and else the words as they are written, marked with their language for whoever hears the page read', () => {
  const ended = 'residence &lt;b&gt;ended&lt;/b&gt;';
  for (const language of ['de', 'ar'] as const) {
    const page = pageIn(language);
    expect(page.split(`<bdi lang="en" dir="ltr">${ended}</bdi>`)).toHaveLength(3);
    expect(page).toContain(`<option value="over" lang="en" dir="ltr">${ended}</option>`);
    expect(page).not.toContain('<b>ended');
  }
  expect(pageIn('ar')).toContain('<bdi>مكتب</bdi></p>');
  expect(pageIn('de')).toContain('<bdi lang="en" dir="ltr">Desk</bdi></p>');
  // In its own language nothing has to be said.
  expect(pageIn('en')).not.toContain('<bdi lang=');
});

test('words in another language of which nobody says what it is are marked as that', () => {
  expect(pageIn('de', { text: 'x', texts: { es: 'y' } })).toContain('<bdi lang="" dir="auto">x</bdi>');
  // Without anything said of languages the page is as it always was.
  expect(pageIn('de', 'residence ended')).toContain('gaben diesen Grund an: residence ended.</p>');
});

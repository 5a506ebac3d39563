import { expect, test } from 'vitest';
import { PAGE_WORDS } from '../../spec.ts';
import { speakPage } from './spoken-page.ts';

const PAGE =
  '<html lang="en" dir="ltr"><title data-say="wallet.title">Your wallet</title><a lang="ar" href="?lang=ar">ع</a>' +
  '<p class="soft" data-say="wallet.to_come">Not yet <b>known</b></p>';

test('a page is said in a language before any script runs, and what is not known stays as it was built', () => {
  const spoken = speakPage(PAGE, 'ar', PAGE_WORDS);
  expect(spoken).toContain('<html lang="ar" dir="rtl" data-spoken>');
  expect(spoken).toContain(`<title data-say="wallet.title">${PAGE_WORDS.get('wallet.title')?.ar}</title>`);
  expect(spoken).toContain('<a aria-current="true" lang="ar"');
  expect(spoken).toContain('<p class="soft" data-say="wallet.to_come">Not yet <b>known</b></p>');
});

test('no words become markup', () => {
  const words = new Map([['x', { en: '<script>', de: '', es: '', ar: '' }]]);
  expect(speakPage('<p data-say="x">y</p>', 'en', words)).toBe('<p data-say="x">&lt;script&gt;</p>');
});

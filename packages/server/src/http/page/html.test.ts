import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from './html.ts';

test('text from outside is text: in an element and in an attribute', () => {
  const hostile = `"><script>alert('1')</script>&`;
  const { markup } = html`<p title="${hostile}">${hostile}</p>`;
  const inert = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;';
  expect(markup).toBe(`<p title="${inert}">${inert}</p>`);
});

test('no text adds an element, an attribute or an entity of its own', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '#') })),
      (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(decodeEntities(escaped)).toBe(text);
      },
    ),
  );
});

test('markup made here is not escaped twice, lists of it are joined, and nothing is nothing', () => {
  expect(html`<ul>${['a', '<b>'].map((item) => html`<li>${item}</li>`)}</ul>`.markup).toBe(
    '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
  );
  expect(html`${undefined}${0}`.markup).toBe('0');
});

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => named[name] ?? '');
}

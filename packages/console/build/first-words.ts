import { readFile } from 'node:fs/promises';
import { type Plugin, transformWithOxc } from 'vite';

const OPENED = /<script type="module" crossorigin src="([^"]+)"><\/script>/;
const SHEETS = /<link rel="stylesheet" crossorigin/g;

/**
 * Puts the page of the console together so that what the server draws into it is painted before anything else has come: its
 * looks (`styles`) lie in the page itself, and all that takes over from it comes beside it and holds up nothing. `script` has it
 * run once that is painted; built by itself, because as an entry among the others it would tear the first load into fifty files.
 */
export function firstWords({ styles, script }: { readonly styles: string; readonly script: string }): Plugin {
  let file = '';
  return {
    name: 'first-words',
    async generateBundle() {
      const { code } = await transformWithOxc(await readFile(script, 'utf8'), script, { sourcemap: false });
      file = this.getFileName(this.emitFile({ type: 'asset', name: 'first.js', source: code }));
    },
    transformIndexHtml: {
      order: 'post',
      async handler(html, { path }) {
        if (!path.endsWith('index.html')) return html;
        if (html.match(SHEETS) === null || !OPENED.test(html))
          throw new Error('Vite builds the page otherwise than it did.');
        const looks = `<style>${small(await readFile(styles, 'utf8'))}</style>`;
        const begin = `<script type="module" crossorigin src="/console/${file}"></script>`;
        const opened = (src: string) => `<link rel="modulepreload" crossorigin data-console href="${src}">`;
        return html
          .replaceAll(SHEETS, '<link rel="preload" as="style" crossorigin data-console')
          .replace(OPENED, (_all, src: string) => [looks, begin, opened(src)].join('\n    '));
      },
    },
  };
}

function small(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

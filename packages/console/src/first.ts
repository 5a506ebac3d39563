// Words that the server has drawn are seen before anything is run, or waited for, that takes over from them.
const AT_MOST_MS = 250;

/** Once what is in the page has been painted; in a page that nobody looks at, and that paints nothing, soon. */
const painted = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, AT_MOST_MS);
});
if (document.getElementById('first')?.hasChildNodes()) await painted;

/** The styles, which the page has begun to fetch. Those that are made while it runs stand in the root, and count over these. */
function wear(fetched: HTMLLinkElement): Promise<void> {
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', crossOrigin: 'anonymous' });
  return new Promise((resolve) => {
    sheet.onload = () => resolve();
    // Without them it is not pretty, and works.
    sheet.onerror = () => resolve();
    // As the page spells it: what comes later looks by that whether it is there.
    sheet.setAttribute('href', fetched.getAttribute('href') ?? '');
    document.getElementById('root')?.before(sheet);
  });
}

await Promise.all([...document.querySelectorAll<HTMLLinkElement>('link[data-console][as="style"]')].map(wear));
const script = document.querySelector<HTMLLinkElement>('link[data-console][rel="modulepreload"]');
if (script !== null) await import(/* @vite-ignore */ script.href);

export {};

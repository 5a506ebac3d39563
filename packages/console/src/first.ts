// Words that the server has drawn are seen before the scripts run that take over from them: those come in the meantime.
const AT_MOST_MS = 250;

/** Once what is in the page has been painted; in a page that nobody looks at, and that paints nothing, soon. */
const painted = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, AT_MOST_MS);
});
if (document.getElementById('first')?.hasChildNodes()) await painted;
const console = document.querySelector<HTMLLinkElement>('link[rel="modulepreload"][data-console]');
if (console !== null) await import(/* @vite-ignore */ console.href);

export {};

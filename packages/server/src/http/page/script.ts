/** Keeps the live part of an open page current. Without it the page is whole, only still. */
export const SCRIPT = `
const live = document.getElementById('live');
let pause = 2000;
async function refresh() {
  try {
    const answer = await fetch('/live', { signal: AbortSignal.timeout(5000) });
    if (answer.ok && !document.hidden) live.innerHTML = await answer.text();
    pause = 2000;
  } catch {
    pause = Math.min(30000, pause * 2);
  }
  setTimeout(refresh, pause);
}
setTimeout(refresh, pause);
`;

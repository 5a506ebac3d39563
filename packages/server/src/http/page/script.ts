/**
 * Keeps the live parts of an open page current, and says so when it cannot: old news must not look like new. A hidden
 * page asks nothing; a server that does not answer is asked less and less. Without it the page is whole, only still.
 */
export const SCRIPT = `
const POLL_MS = 2000;
const SLOWEST_MS = 30000;
const lost = document.getElementById('lost');
let pauseMs = POLL_MS;
let timer;
let isAsking = false;

function show(text) {
  const next = new DOMParser().parseFromString(text, 'text/html');
  for (const id of ['verifiers', 'money', 'log']) {
    const [shown, fresh] = [document.getElementById(id), next.getElementById(id)];
    if (fresh === null || shown.innerHTML === fresh.innerHTML) continue;
    const chosen = getSelection();
    if (!chosen.isCollapsed && shown.contains(chosen.anchorNode)) continue;
    shown.replaceChildren(...fresh.childNodes);
  }
}

async function refresh() {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch('/live', { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error('status ' + answer.status);
    show(await answer.text());
    pauseMs = POLL_MS;
    lost.hidden = true;
  } catch {
    pauseMs = Math.min(SLOWEST_MS, pauseMs * 2);
    lost.hidden = false;
  }
  isAsking = false;
  wait();
}

function wait() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, pauseMs);
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (!document.hidden) refresh();
});
addEventListener('online', refresh);
wait();
`;

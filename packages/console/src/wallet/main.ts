import '../people/people.css';
import { canScan, scanCode } from '../parts/scan.ts';
import { button, buttonPressedTwice, element, field, find, paragraphs } from '../people/elements.ts';
import { say, speak } from '../people/words.ts';
import { askWhere, readPrograms, renderApplied, renderPrograms } from './applying.ts';
import { begin, canKeep, eraseAll, hasBegun } from './database.ts';
import { renderHaving } from './having.ts';
import { renderMoney } from './money.ts';
import { askToReceive } from './receiving.ts';
import { card, doing, endAsking, tell } from './screen.ts';
import { present } from './showing.ts';

const KEPT = ['keys', 'lost', 'again', 'money', 'shared'] as const;
const MAX_LINK = 8192;

speak();
void start();
// A link that is opened while the page is: the browser changes nothing else.
addEventListener('hashchange', () => void start());

async function start(): Promise<void> {
  if (!canKeep()) return tell(say('wallet.cannot'), 'bad');
  if (!(await hasBegun())) return showBeginning();
  await show();
  const link = decodeLink(location.hash.slice(1));
  if (link === '') return;
  // Used once: whoever reloads is not asked again, and the history of the browser does not keep it.
  history.replaceState(null, '', location.pathname + location.search);
  await openLink(link);
}

function decodeLink(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return '';
  }
}

/** What is lost when the browser is, before there is anything to lose. */
function showBeginning(): void {
  const place = find('begin');
  const make = button(say('wallet.begin.press'), () => {
    void doing(async () => {
      await begin();
      place.hidden = true;
      tell('');
      await start();
    });
  });
  place.replaceChildren(
    card(
      say('wallet.begin'),
      KEPT.map((code) => say(`wallet.begin.${code}`)),
      make,
    ),
  );
  place.hidden = false;
}

async function show(): Promise<void> {
  const place = find('wallet');
  // What can be applied for is worth a wait; what somebody has is not kept from them by it.
  const programs = await readPrograms().catch(() => []);
  const assets = [...new Map(programs.map(({ program: { asset } }) => [asset.code, asset])).values()];
  const parts = [
    renderLink(),
    await renderHaving(show),
    await renderApplied(show),
    await renderPrograms(programs, show),
    await renderMoney(assets, show),
    renderLosing(),
  ];
  place.replaceChildren(...parts.filter((part) => part !== undefined));
  place.hidden = false;
}

function renderLink(): HTMLElement {
  const input = element('input', { dir: 'ltr' });
  input.maxLength = MAX_LINK;
  input.autocomplete = 'off';
  input.spellcheck = false;
  const form = element('form', { style: 'card' }, field(say('wallet.link'), input));
  const press = element('button', {}, say('wallet.link.press'));
  const row = element('div', { style: 'row' }, press);
  if (canScan()) row.append(button(say('wallet.scan'), () => void doing(scan), 'second'));
  form.append(row);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void openLink(input.value.trim());
  });
  return form;
}

async function scan(): Promise<void> {
  const text = await scanCode(find<HTMLVideoElement>('camera'));
  tell('');
  // Outside of what is busy now: what was scanned asks for itself.
  if (text !== undefined) setTimeout(() => void openLink(text), 0);
}

function renderLosing(): HTMLElement {
  const more = element('details', { style: 'card' }, element('summary', {}, say('wallet.lose')));
  const erase = buttonPressedTwice(say('wallet.erase'), say('wallet.erase.sure'), () => {
    void eraseAll().then(() => location.reload());
  });
  more.append(...paragraphs(KEPT.map((code) => say(`wallet.begin.${code}`))), erase);
  return more;
}

/** Whatever somebody was given: an offer, a question of a verifier, a program, their own page. Nothing of it is done unasked. */
async function openLink(link: string): Promise<void> {
  endAsking();
  const url = link.length <= MAX_LINK && URL.canParse(link) ? new URL(link) : undefined;
  if (url === undefined) return tell(say('wallet.link.unknown'), 'bad');
  if (url.searchParams.has('credential_offer') || url.searchParams.has('credential_offer_uri')) {
    return askToReceive(link, show);
  }
  if (url.searchParams.has('request_uri')) return doing(() => present(link));
  if (url.origin === location.origin && url.pathname.startsWith('/me')) return location.assign(url.pathname);
  const [, id] = /^\/programs\/([^/]+)$/.exec(url.pathname) ?? [];
  const found =
    url.origin === location.origin
      ? (await readPrograms().catch(() => [])).find(({ program }) => program.id === id)
      : undefined;
  if (found !== undefined) return askWhere(found.program, show);
  tell(say(url.origin === location.origin ? 'wallet.link.unknown' : 'wallet.failed.elsewhere'), 'bad');
}

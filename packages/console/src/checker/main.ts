import '../people/people.css';
import { canScan, readPicture, scanCode } from '../parts/scan.ts';
import { element, find } from '../people/elements.ts';
import { LANGUAGE, say, sayMoment, speak } from '../people/words.ts';
import { checkText, MAX_CHECKED } from './check-text.ts';
import type { Finding, Said } from './finding.ts';
import { openNetwork, type ReadNetwork } from './network.ts';

let opened: Promise<() => Promise<ReadNetwork>> | undefined;

const form = find<HTMLFormElement>('checker');
const box = find<HTMLTextAreaElement>('text');
const file = find<HTMLInputElement>('file');
const scan = find<HTMLButtonElement>('scan');
const state = find('state');
const answer = find('answer');

speak();
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void check(box.value);
});
file.addEventListener('change', () => void take(file.files?.[0]));
box.addEventListener('dragover', (event) => event.preventDefault());
box.addEventListener('drop', (event) => {
  const dropped = event.dataTransfer?.files[0];
  if (dropped === undefined) return;
  event.preventDefault();
  void take(dropped);
});
scan.hidden = !canScan();
scan.addEventListener('click', () => {
  scanCode(find<HTMLVideoElement>('camera'))
    .then((text) => {
      if (text === undefined) return;
      box.value = text;
      return check(text);
    })
    .catch(() => tell('check.no_camera'));
});
// While somebody looks for what to paste, the record is read already.
read().catch(() => undefined);

async function take(given: File | undefined): Promise<void> {
  if (given === undefined) return;
  if (given.type.startsWith('image/')) return takePicture(given);
  if (given.size > MAX_CHECKED) return tell('check.too_long');
  box.value = await given.text();
  await check(box.value);
}

async function takePicture(given: File): Promise<void> {
  const text = await readPicture(given);
  if (text === undefined) return tell('check.no_code');
  box.value = text;
  await check(text);
}

function read(): Promise<() => Promise<ReadNetwork>> {
  opened ??= openNetwork(location.origin);
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

async function check(text: string): Promise<void> {
  if (text.trim() === '') return tell('check.empty');
  answer.hidden = true;
  tell('check.reading');
  try {
    const network = await (await read())();
    await show(await checkText(text, network));
    state.textContent = '';
  } catch {
    tell('check.failed');
  }
}

function tell(code: string): void {
  state.textContent = say(code);
}

async function show({ mood, title, lines, reasons = [] }: Finding): Promise<void> {
  const words = reasons.length === 0 ? undefined : await import('./reason-words.ts');
  const list = element('dl');
  for (const [code, said] of lines) {
    // What is nobody's language keeps its own direction within a line that runs the other way.
    list.append(element('dt', {}, say(code)), element('dd', {}, element('bdi', {}, wordsOf(said))));
  }
  const told = reasons.map((code) => element('p', {}, words?.wordsOfReason(code, LANGUAGE) ?? code));
  answer.replaceChildren(element('h2', { style: mood }, wordsOf(title)), ...told, list);
  answer.hidden = false;
  answer.focus();
}

function wordsOf(said: Said): string {
  if (typeof said === 'string') return said;
  if ('code' in said) return say(said.code, said.values);
  const moment = sayMoment(said.date);
  return said.entry === undefined ? moment : `\u2066${said.entry}\u2069, ${moment}`;
}

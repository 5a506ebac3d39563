import { isCodedError } from '@holdfast/core';
import { checkText, type Finding, MAX_CHECKED } from './check-text.ts';
import '../people/people.css';
import { canScan, readPicture, scanCode } from '../parts/scan.ts';
import { openNetwork, type ReadNetwork } from './network.ts';

type Words = Readonly<Record<string, Readonly<Record<string, string>>>>;

const WORDS = '/check/words.json';

let opened: Promise<() => Promise<ReadNetwork>> | undefined;
let words: Promise<Words> | undefined;

function find<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`This page has no ${id}.`);
  return found as E;
}

const form = find<HTMLFormElement>('checker');
const box = find<HTMLTextAreaElement>('text');
const file = find<HTMLInputElement>('file');
const scan = find<HTMLButtonElement>('scan');
const state = find('state');
const answer = find('answer');

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
    .catch(() => say('The camera cannot be used here. Paste the text instead.'));
});
// While somebody looks for what to paste, the record is read already.
read().catch(() => undefined);

async function take(given: File | undefined): Promise<void> {
  if (given === undefined) return;
  if (given.type.startsWith('image/')) return takePicture(given);
  if (given.size > MAX_CHECKED) return say('This file is longer than anything that is read here.');
  box.value = await given.text();
  await check(box.value);
}

async function takePicture(given: File): Promise<void> {
  const text = await readPicture(given);
  if (text === undefined) return say('No code was found in this picture.');
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
  if (text.trim() === '') return say('There is nothing in the box.');
  answer.hidden = true;
  say('The public record is read and proved…');
  try {
    const network = await (await read())();
    say('');
    await show(await checkText(text, network));
  } catch (error) {
    say(`It could not be checked: ${isCodedError(error) ? error.message : 'the public record cannot be read now.'}`);
  }
}

function say(text: string): void {
  state.textContent = text;
}

async function show({ mood, title, lines, reasons = [] }: Finding): Promise<void> {
  const known = reasons.length === 0 ? {} : await readWords();
  const heading = element('h2', title, mood);
  const list = document.createElement('dl');
  for (const [name, said] of lines) list.append(element('dt', name), element('dd', said));
  answer.replaceChildren(heading, ...reasons.map((code) => element('p', known[code]?.en ?? code)), list);
  answer.hidden = false;
  answer.focus();
}

/** The words for reasons: public, the same for everybody. Without them the codes stand. */
async function readWords(): Promise<Words> {
  words ??= fetch(WORDS, { credentials: 'omit' })
    .then((response) => response.json() as Promise<Words>)
    .catch(() => ({}));
  return words;
}

/** Text is only ever text: nothing that was pasted becomes an element. */
function element(name: string, text: string, style?: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (style !== undefined) made.className = style;
  return made;
}

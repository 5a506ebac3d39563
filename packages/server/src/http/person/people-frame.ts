import {
  directionOf,
  isLanguage,
  PERSON_LANGUAGES,
  type PersonLanguage,
  type PersonWords,
  type Phrase,
  partsOfPhrase,
  type ShownWords,
  sayPhrase,
  type Wording,
  wordsIn,
} from '@holdfast/core';
import { type Html, html } from '../page/html.ts';
import { LANGUAGE_NAMES } from './languages.ts';

/** In what language, of when, and where the page is. */
export type PageFrame = {
  readonly language: PersonLanguage;
  readonly words: PersonWords;
  /** Unix milliseconds. */
  readonly now: number;
  /** Its own path, for the switch of languages. */
  readonly path: string;
  /** The network's title. */
  readonly title: Wording | string;
};

export type Say = (code: string, values?: Phrase['values']) => string;

export function sayer({ words, language }: Pick<PageFrame, 'words' | 'language'>): Say {
  return (code, values) => sayPhrase({ code, ...(values === undefined ? {} : { values }) }, words, language);
}

type Frame = Pick<PageFrame, 'words' | 'language'>;

/** A sentence as it is shown: what stands in it in another language says so, for whoever hears it read. */
export function renderPhrase(phrase: Phrase, { words, language }: Frame): Html {
  const parts = partsOfPhrase(phrase, words, language);
  return html`${parts.map((part) => (typeof part === 'string' ? html`${part}` : html`<bdi${marked(part)}>${part.text}</bdi>`))}`;
}

/** Words of somebody else's by themselves, in the reader's language where there are some. */
export function renderWording(wording: Wording | string, { language }: Pick<Frame, 'language'>): Html {
  return html`<bdi${markOf(wording, language)}>${wordsIn(wording, language).text}</bdi>`;
}

/** What an element has to say of words in it that are not in the language of the page; nothing where they are. */
export function markOf(wording: Wording | string, language: PersonLanguage): Html | undefined {
  if (typeof wording === 'string') return undefined;
  const said = wordsIn(wording, language);
  return said.language !== undefined && isLanguage(said.language, language) ? undefined : marked(said);
}

/** Language and direction; an empty language says that nobody knows it. */
function marked({ language }: ShownWords): Html {
  return html` lang="${language ?? ''}" dir="${directionOf(language)}"`;
}

/** No script runs in such a page, and nothing is fetched but the style. */
export const PEOPLE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export type Framed = {
  readonly title: string;
  /** What kind of page it is, before the network's own title. */
  readonly kind: string;
  readonly body: Html;
  /** Beside when it was made. */
  readonly footer?: Html;
  readonly isWide?: boolean;
};

/** A whole page for people: one style, no script, their language and the switch to others, whichever way it runs. */
export function renderFrame(frame: PageFrame, { title, kind, body, footer, isWide }: Framed): string {
  const { language, now } = frame;
  const say = sayer(frame);
  return `<!doctype html>${
    html`<html lang="${language}" dir="${LANGUAGE_NAMES[language].dir}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="referrer" content="same-origin">
  <meta name="robots" content="noindex">
  <title>${title} · ${kind}</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/person.css">
</head>
<body${isWide === true ? html` class="wide"` : ''}>
  <header><p>${kind} · ${renderWording(frame.title, frame)}</p>${renderLanguages(frame, say)}</header>
  <main>${body}</main>
  <footer><p class="soft">${say('page.made', { date: { date: now } })}</p>${footer}</footer>
</body>
</html>`.markup
  }`;
}

function renderLanguages({ language, path }: PageFrame, say: Say): Html {
  const items = PERSON_LANGUAGES.map((each) => {
    const { name, dir } = LANGUAGE_NAMES[each];
    if (each === language) return html`<b lang="${each}" dir="${dir}" aria-current="true">${name}</b>`;
    return html`<a lang="${each}" dir="${dir}" hreflang="${each}" href="${path}?lang=${each}">${name}</a>`;
  });
  return html`<nav aria-label="${say('page.languages')}">${items}</nav>`;
}

import { sayMoment } from '@holdfast/core';
import type { OverviewView } from '../../roles/overview/overview-desk.ts';
import { escapeHtml } from '../page/html.ts';

/** Stands in the built page for what is known of whoever asks for it. */
export const SESSION_MARK = '__holdfast_session__';
/** And for what is wrong in the network, as it was read last: only for who may see it. */
export const OVERVIEW_MARK = '__holdfast_overview__';
/** What the page that everybody begins on says in one sentence. */
const FIRST_ASKED = '<link rel="preload" as="fetch" crossorigin="anonymous" href="/overview">';
/** Where what is drawn stands; in the built page it is empty. */
const FIRST = '<div id="first"></div>';
/** It is read every two seconds: what is older is no word on how things are. As the page itself has it. */
const OLD_MS = 15_000;
/** More findings are drawn as their sentence, and come one by one with the answer: the page is sent before anything else can be. */
const MAX_FINDINGS = 50;

/** Where a page is opened: the rest of its address under `/console/`, and whose session is in the browser. */
export type Begun = {
  readonly path: string;
  /** As `/console-session` answers; `role` is null for nobody. */
  readonly session: {
    readonly role: string | null;
    readonly may: readonly string[];
    readonly party?: string | undefined;
    readonly roles?: readonly string[] | undefined;
  };
  /** What was read last of all that can be wrong, without looking anew; undefined where that was never. */
  readonly overview?: () => OverviewView | undefined;
  /** Unix milliseconds. */
  readonly now: number;
  /** What somebody has chosen instead of what their system says. */
  readonly scheme?: 'light' | 'dark' | undefined;
};

type Words = Readonly<Record<string, string>>;
type Drawn = { readonly name: 'overview' | 'door'; readonly words: Words };

/**
 * The built page for whoever asks: with the answer about the session already in it, what its first page needs asked for while
 * the scripts are still read (only what is surely used: browsers complain of the rest), and the first words drawn, so that they
 * are on the screen before any script has run. Nobody waits for them: what is not known at once, or is old, is left out.
 */
export function beginPage(markup: string, begun: Begun): string {
  const { path, session, now, scheme } = begun;
  const gathers = session.roles === undefined || session.roles.includes('pages');
  // Whose key opens the doors of one party is not told how the network does.
  const isAsked = path === '' && session.party === undefined && session.may.includes('see') && gathers;
  const known = isAsked ? freshOf(begun) : undefined;
  const said: Words = {
    [SESSION_MARK]: JSON.stringify(session),
    [OVERVIEW_MARK]: known === undefined ? '' : seedOf(known, now),
  };
  const told = markup.replaceAll(/__holdfast_(?:session|overview)__/g, (mark) => escapeHtml(said[mark] ?? mark));
  const asking = isAsked ? told.replace('</title>', () => `</title>\n    ${FIRST_ASKED}`) : told;
  const page =
    scheme === undefined ? asking : asking.replace('<html ', () => `<html data-mantine-color-scheme="${scheme}" `);
  return drawInto(page, session.role === null ? drawnDoor(session.roles) : known && drawnOverview(known));
}

function freshOf({ overview, now }: Begun): OverviewView | undefined {
  const view = overview?.();
  return view === undefined || now - view.now > OLD_MS ? undefined : view;
}

/** How old it is, not when it was: the browser's clock is another. */
function seedOf(view: OverviewView, now: number): string {
  return view.findings.length > MAX_FINDINGS ? '' : JSON.stringify({ ageMs: Math.max(0, now - view.now), view });
}

function drawnOverview({ now, sentence, findings }: OverviewView): Drawn {
  const isWrong = findings.length > 0;
  const words = { tone: isWrong ? 'wrong' : 'well', title: isWrong ? 'Something is wrong' : 'All is well' };
  return { name: 'overview', words: { ...words, sentence, read_at: sayMoment(now) } };
}

function drawnDoor(roles: readonly string[] | undefined): Drawn {
  const title = roles === undefined ? 'Console of this network' : `Console of ${roles.join(', ')}`;
  return { name: 'door', words: { title } };
}

/** Of what the build holds ready to be drawn, one is, with its words as text; a build that holds nothing ready stays empty. */
function drawInto(markup: string, drawn: Drawn | undefined): string {
  let inner = '';
  const bare = markup.replace(
    /\s*<template data-first="(\w+)">([\s\S]*?)<\/template>/g,
    (_whole, name, held: string) => {
      if (name === drawn?.name) inner = held;
      return '';
    },
  );
  const said = inner.replace(/__holdfast_(\w+?)__/g, (mark, name: string) => escapeHtml(drawn?.words[name] ?? mark));
  return bare.replace(FIRST, () => `<div id="first">${said}</div>`);
}

import { escapeHtml } from '../page/html.ts';

/** Stands in the built page for what is known of whoever asks for it. */
export const SESSION_MARK = '__holdfast_session__';
/** What the page that everybody begins on says in one sentence. */
const FIRST_ASKED = '<link rel="preload" as="fetch" crossorigin="anonymous" href="/overview">';

/** Where a page is opened: the rest of its address under `/console/`, and whose session is in the browser. */
export type Begun = {
  readonly path: string;
  /** As `/console-session` answers; `role` is null for nobody. */
  readonly session: {
    readonly role: string | null;
    readonly may: readonly string[];
    readonly roles?: readonly string[] | undefined;
  };
};

/**
 * The built page, with the answer about the session already in it, and the answer that its first page needs asked for while the
 * scripts are still read: two round trips that whoever waits for the first sentence does not wait for. Only what is surely used
 * is begun: browsers complain of the rest.
 */
export function beginPage(markup: string, { path, session }: Begun): string {
  const gathers = session.roles === undefined || session.roles.includes('pages');
  const isAsked = path === '' && session.may.includes('see') && gathers;
  const begun = markup.replaceAll(SESSION_MARK, () => escapeHtml(JSON.stringify(session)));
  return isAsked ? begun.replace('</title>', () => `</title>\n    ${FIRST_ASKED}`) : begun;
}

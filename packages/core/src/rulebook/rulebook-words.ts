import { listedIn, type Texts, type Wording, wordingOf } from '../person/wording.ts';
import type { Rulebook } from './rulebook.ts';

type Worded = { readonly text: string; readonly in?: Texts | undefined };

/** The public words for a class of reason; where the rulebook has none, what is given `otherwise`. */
export function wordingOfClass(rulebook: Rulebook, reasonClass: string, otherwise = reasonClass): Wording | string {
  const found = rulebook.classes.find(({ id }) => id === reasonClass);
  return found === undefined ? otherwise : wordingOf(found.text, rulebook.language, found.in);
}

/** Those who have some roles, as the rulebook calls them; a role for which it has no words by its name. */
export function wordingOfRoles(rulebook: Rulebook, roles: readonly string[]): Wording | string {
  const named = roles.map((role): Worded => rulebook.roles?.find(({ id }) => id === role) ?? { text: role });
  const tags = new Set(named.flatMap((each) => Object.keys(textsOf(each))));
  const texts = [...tags].map((tag) => [
    tag,
    listedIn(
      tag,
      named.map((each) => textsOf(each)[tag] ?? each.text),
    ),
  ]);
  // Names of roles alone are nobody's language.
  const isWorded = rulebook.roles?.some(({ id }) => roles.includes(id)) ?? false;
  const language = isWorded ? rulebook.language : undefined;
  const text = listedIn(
    language,
    named.map((each) => each.text),
  );
  return wordingOf(text, language, tags.size === 0 ? undefined : Object.fromEntries(texts));
}

function textsOf(worded: Worded): Texts {
  return worded.in ?? {};
}

/** What a network or a program is called. */
export function wordingOfTitle({
  title,
  language,
  titles,
}: {
  readonly title: string;
  readonly language?: string | undefined;
  readonly titles?: Texts | undefined;
}): Wording | string {
  return wordingOf(title, language, titles);
}

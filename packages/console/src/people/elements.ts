/** What is in this page from the beginning. */
export function find<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`This page has no ${id}.`);
  return found as E;
}

type Child = Node | string | undefined;

/** Text is only ever text: nothing that came from outside becomes an element. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  options: { readonly style?: string; readonly dir?: string; readonly lang?: string } = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (options.style !== undefined) made.className = options.style;
  if (options.dir !== undefined) made.dir = options.dir;
  if (options.lang !== undefined) made.lang = options.lang;
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function paragraphs(sentences: readonly (string | undefined)[], style?: string): HTMLElement[] {
  return sentences.flatMap((text) =>
    text === undefined ? [] : [element('p', style === undefined ? {} : { style }, text)],
  );
}

export function button(text: string, act: (made: HTMLButtonElement) => void, style?: string): HTMLButtonElement {
  const made = element('button', style === undefined ? {} : { style }, text);
  made.type = 'button';
  made.addEventListener('click', () => act(made));
  return made;
}

/** What cannot be undone takes a second press, and says why. */
export function buttonPressedTwice(text: string, sure: string, act: () => void): HTMLButtonElement {
  let isSure = false;
  return button(
    text,
    (made) => {
      if (isSure) return act();
      isSure = true;
      made.textContent = sure;
    },
    'second',
  );
}

let fields = 0;

/** A box with its label; `dir` for what runs the same way in every language. */
export function field(label: string, input: HTMLInputElement | HTMLSelectElement): HTMLElement {
  fields += 1;
  input.id = `field-${fields}`;
  const named = element('label', {}, label);
  named.htmlFor = input.id;
  return element('div', {}, named, input);
}

import type { RulebookChange } from '@holdfast/core';

const HEADINGS = {
  looser: 'Looser, or worse for somebody: waits out its notice',
  tighter: 'Tighter',
  neutral: 'Neither',
} as const;

/** Longer ones are cut: a key or a whole part says nothing to a reader. */
const MAX_VALUE = 80;

/** What changes between two rulebooks, what matters first. */
export function changeLines(changes: readonly RulebookChange[]): string[] {
  if (changes.length === 0) return ['Nothing changes.'];
  return (['looser', 'tighter', 'neutral'] as const).flatMap((effect) => {
    const found = changes.filter((change) => change.effect === effect);
    return found.length === 0 ? [] : [HEADINGS[effect], ...found.map(lineOf)];
  });
}

function lineOf({ path, before, after }: RulebookChange): string {
  return `  ${path}: ${wordOf(before)} -> ${wordOf(after)}`;
}

function wordOf(value = '-'): string {
  return value.length <= MAX_VALUE ? value : `${value.slice(0, MAX_VALUE - 3)}...`;
}

/** Names of the keys that were prepared after the first one of this name, in the order in which they were. */
export function furtherNames(first: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => placeOf(first, name) > 1).sort((a, b) => placeOf(first, a) - placeOf(first, b));
}

/** The next name after those that are taken. */
export function nextName(first: string, taken: readonly string[]): string {
  return `${first}-${Math.max(1, ...taken.map((name) => placeOf(first, name))) + 1}`;
}

/** 2 for the second key of this name, and so on; 0 for what is none of them. */
function placeOf(first: string, name: string): number {
  const place = name.startsWith(`${first}-`) ? name.slice(first.length + 1) : '';
  return /^[1-9][0-9]{0,5}$/.test(place) ? Number(place) : 0;
}

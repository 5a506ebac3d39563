import { readFileSync } from 'node:fs';

type Members = Record<string, unknown>;

const NAMES: readonly string[] = ['id', 'power', 'class', 'vkey'];

/** A rulebook of spec/rulebooks, changed at paths like those that findings have; null leaves out. */
export function changedRulebook(of: string, changes: Readonly<Record<string, unknown>>): unknown {
  const text = readFileSync(new URL(`../../../spec/rulebooks/${of}.json`, import.meta.url), 'utf8');
  const rulebook = JSON.parse(text) as Members;
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    change(names.reduce(inside, rulebook as unknown), last, value);
  }
  return rulebook;
}

function indexOf(list: readonly unknown[], name: string): number {
  const found = list.findIndex((item) => NAMES.some((member) => (item as Members)[member] === name));
  return found >= 0 || !/^[0-9]+$/.test(name) ? found : Number(name);
}

function inside(value: unknown, name: string): unknown {
  return Array.isArray(value) ? value[indexOf(value, name)] : (value as Members)[name];
}

function change(place: unknown, name: string, value: unknown): void {
  if (Array.isArray(place)) {
    const index = indexOf(place, name);
    if (value === null) place.splice(index, 1);
    else if (index < 0) place.push(value);
    else place[index] = value;
  } else if (value === null) delete (place as Members)[name];
  else (place as Members)[name] = value;
}

import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Files of which this process can run another text than they have, from one moment to the next. */
export type WrongVersions = {
  /** From now on the file is what this text says; the text that it has when absent. */
  readonly put: (file: string, text?: string) => Promise<void>;
};

type Put = (exported: Readonly<Record<string, unknown>>) => void;

const RIGHT = '?right';
const WRONG = '?wrong=';
/** Where the modules below find this one. */
const DOOR = Symbol.for('holdfast.wrong-versions');

/**
 * Each of these files is loaded behind a module that hands on whatever it exports and can hand on another one's instead: whoever
 * imports it sees the change at once, since what a module exports is a binding, and not a copy. What somebody has kept of it
 * as they were loaded (a member of a table, the class that theirs extends) stays as it was. To be called before any is loaded.
 */
export function watchFiles(root: string, files: readonly string[]): WrongVersions {
  const urls = new Map(files.map((file) => [file, pathToFileURL(join(root, file)).href]));
  const watched = new Set(urls.values());
  const doors = new Map<string, Put>();
  const texts = new Map<string, string>();
  (globalThis as { [DOOR]?: Map<string, Put> })[DOOR] = doors;
  registerHooks({
    load: (url, context, next) => {
      const text = texts.get(url);
      if (text !== undefined) return { format: 'module-typescript', source: text, shortCircuit: true };
      if (!watched.has(url)) return next(url, context);
      const { source } = next(url, { ...context, format: 'module-typescript' });
      return { format: 'module', source: doorOf(url, namesOf(`${source}`)), shortCircuit: true };
    },
  });

  let made = 0;
  return {
    put: async (file, text) => {
      const url = urls.get(file);
      if (url === undefined) throw new Error(`No other text can be put in place of ${file}.`);
      const version = text === undefined ? `${url}${RIGHT}` : `${url}${WRONG}${++made}`;
      if (text !== undefined) texts.set(version, text);
      await import(url);
      doors.get(url)?.(await import(version));
    },
  };
}

function doorOf(url: string, names: readonly string[]): string {
  const put = names.map((name) => `${name} = exported.${name};`).join(' ');
  return `import * as right from ${JSON.stringify(`${url}${RIGHT}`)};
export let ${names.map((name) => `${name} = right.${name}`).join(', ')};
globalThis[Symbol.for(${JSON.stringify(DOOR.description)})].set(${JSON.stringify(url)}, (exported) => { ${put} });`;
}

/** Nothing here is exported as a list or from elsewhere but at the doors of packages, which no wrong version is made of. */
function namesOf(source: string): string[] {
  const declared = /^export (?:async )?(?:function\*?|const|let|class) (\w+)/gmu;
  return [...stripTypeScriptTypes(source).matchAll(declared)].map(([, name = '']) => name);
}

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { z } from 'zod';
import { writeWhole } from './home-folder.ts';

const key = z.strictObject({
  name: z.string(),
  role: z.enum(['viewer', 'clerk', 'operator', 'admin']),
  party: z.string().exactOptional(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.number(),
});
const ended = z.strictObject({ id: z.string(), until: z.number() });
const contents = z.strictObject({ keys: z.array(key).max(1000), ended: z.array(ended) });

export type OperatorList = z.infer<typeof contents>;

export type OperatorFile = {
  /** What stands in the file now: another process of this folder may have changed it. */
  read(): OperatorList;
  /** Changes it; when this returns, it is on disk. Changes of one process never cross. */
  change(of: (before: OperatorList) => OperatorList): Promise<void>;
};

const NOTHING: OperatorList = { keys: [], ended: [] };
/** How long a change by another process of this folder may go unnoticed. */
const LOOK_EVERY_MS = 500;

/**
 * `keys/operators.json`: operators' own keys, hashed, and the sessions that were ended before their time. Throws
 * `data.operators` for a file that cannot be read: who would be let in by it is not guessed.
 */
export function openOperatorFile(keysFolder: string, monotonic: () => number): OperatorFile {
  const file = join(keysFolder, 'operators.json');
  let kept = NOTHING;
  let stamp = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  let last: Promise<void> = Promise.resolve();
  const look = (): OperatorList => {
    lookedAt = monotonic();
    const found = statSync(file, { throwIfNoEntry: false });
    const now = found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (now !== stamp) {
      kept = found === undefined ? NOTHING : parseContents(readFileSync(file, 'utf8'), file);
      stamp = now;
    }
    return kept;
  };
  look();
  return {
    read: () => (monotonic() - lookedAt < LOOK_EVERY_MS ? kept : look()),
    change(of) {
      const done = last.then(async () => {
        await writeWhole(file, `${JSON.stringify(of(look()), null, 2)}\n`);
        look();
      });
      last = done.catch(() => undefined);
      return done;
    },
  };
}

function parseContents(text: string, file: string): OperatorList {
  try {
    return contents.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodedError('data.operators', `${file} cannot be read; put right what was changed in it.`, {}, cause);
  }
}

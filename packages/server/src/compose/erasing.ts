import type { NetworkState } from '@holdfast/core';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createErasureStorePostgres } from '../adapters/postgres/erasure-store.ts';
import type { Erasable } from '../ports/erasable.ts';
import { createEntitlement, type EntitledPorts, type Entitlement } from '../roles/eraser/entitled.ts';
import { createEraser, type Eraser } from '../roles/eraser/eraser.ts';
import { poolOf } from './bounds.ts';
import { openTables, tablesOf } from './following.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { codeIn, signalsOf, troubleOf } from './seeing.ts';

export type EraserPlace = {
  readonly origin: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  /** Everybody who keeps something about people. A store that is new joins here. */
  readonly parts: readonly Erasable[];
  readonly state: () => NetworkState;
  readonly verify: EntitledPorts['verify'];
};

export type ComposedEraser = AsyncDisposable & {
  readonly eraser: Eraser;
  readonly entitlement: Entitlement;
};

/** The holder of the eraser's key in the keyring. */
export const ERASER_KEYS = 'eraser';
const LOOK_EVERY_MS = 60_000;

/** What requests are sealed with; made where there is none. */
export function createEraserSealer(keysFolder: string): ReturnType<typeof createKeyFilesSealer> {
  const directory = `${keysFolder}/${ERASER_KEYS}`;
  return createKeyFilesSealer({ directory, name: 'requests', passphrasePath: `${directory}.passphrase` });
}

/** The eraser on its own tables; it goes on with what is due every minute until it is stopped. */
export async function composeEraser(
  platform: Platform,
  { origin, keysFolder, databaseUrl, parts, state, verify }: EraserPlace,
  stop: AbortSignal,
): Promise<ComposedEraser> {
  const { clock, entropy, engine } = platform;
  const signals = signalsOf(platform);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(databaseUrl, 'eraser', ROLE_TABLES.eraser, poolOf(platform)));
  const sealer = await createEraserSealer(keysFolder);
  const eraser = createEraser({
    ...{ clock, sealer, parts },
    store: createErasureStorePostgres(tablesOf(database)),
    report: troubleOf(platform, 'eraser'),
    done: (count) => signals.personForgotten({ parts: count }),
  });
  const entitlement = createEntitlement({ clock, entropy, sealer, engine, state, verify, audience: origin });
  const goOn = async () => {
    while (!stop.aborted) {
      await eraser.work().catch((error: unknown) => signals.partTroubled({ part: 'eraser', why: codeIn(error) }));
      await clock.sleep(LOOK_EVERY_MS, stop).catch(() => undefined);
    }
  };
  const working = goOn();
  opened.defer(() => working);
  const running = opened.move();
  return { eraser, entitlement, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

// A network role in a process of its own, which a test can kill. One argument: JSON of `NetworkProcessOptions`. Appends and
// mints for ever, beside others on the same store; writes one line of JSON for each receipt, and for each checkpoint that
// it would have shown to anybody.
import { encodeVkey, isCodedError } from '@holdfast/core';
import { createPlatformClock, isCosigned } from '@holdfast/verifier';
import { signStatement, testRulebook } from '../../core/test/log-builder.ts';
import { createTestEngine, ORIGIN } from '../../verifier/test/test-feed.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations } from '../src/adapters/postgres/log-store.ts';
import { migrate } from '../src/adapters/postgres/migration.ts';
import { createGenesis } from '../src/roles/network/genesis.ts';
import { createNetwork, type NetworkRole } from '../src/roles/network/network-role.ts';
import { createTestSigner } from './test-network.ts';

export type NetworkProcessOptions = {
  readonly url: string;
  readonly schema: string;
  /** The same in all processes: the network's keys come from it. */
  readonly seed: string;
  /** What this one calls its statements. */
  readonly name: string;
};

/** `receipt`: a statement, and the index it was told. `checkpoint`: a note that a follower was shown. */
export type NetworkProcessLine =
  | readonly ['receipt', statement: string, index: number]
  | readonly ['checkpoint', note: string];

/** What every process of one seed makes the same: the network's keys and its first entry. */
export async function foundSeeded(seed: string) {
  const { signatures, signer, log } = createTestSigner(seed);
  const rulebook = testRulebook(signatures, { tickMs: 50, log: { origin: ORIGIN, vkey: encodeVkey(log.vkey) } });
  const { statement: genesis, network } = await createGenesis(rulebook, signer);
  return {
    genesis,
    network,
    log,
    options: { clock: createPlatformClock(), signer, engine: createTestEngine(), genesis },
  };
}

const WRITERS = 4;

async function main({ url, schema, seed, name }: NetworkProcessOptions): Promise<void> {
  const { options } = await foundSeeded(seed);
  const database = await openDatabase<LogTables>({ url, schema, poolMax: 2 });
  await prepare();
  const { signal } = new AbortController();
  /** Connections are broken under everybody, also under whoever is only just making its tables. */
  async function prepare(): Promise<void> {
    try {
      await migrate(database, logStoreMigrations);
    } catch (error) {
      if (!isCodedError(error) || !error.code.startsWith('database.')) throw error;
      await prepare();
    }
  }
  /** A connection that breaks during a start ends that start, and so does a rival who is always quicker. */
  async function begin(): Promise<NetworkRole> {
    const role = createNetwork({ ...options, store: createLogStorePostgres(database), bounds: { promptEpochMs: 20 } });
    try {
      await role.start(signal);
      return role;
    } catch (error) {
      if (!isCodedError(error) || !/^(database\.|log\.size-conflict$)/.test(error.code)) throw error;
      return begin();
    }
  }
  const role = await begin();
  const tell = (line: NetworkProcessLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const governor = createTestSigner().signatures.key('governor');

  async function write(writer: number): Promise<void> {
    for (let i = 0; ; i += 1) {
      const statement = signStatement({ type: 'novelty', v: 1, critical: [`${name} ${writer} ${i}`] }, governor);
      try {
        const { index } = await role.append([statement]);
        tell(['receipt', statement, index]);
      } catch (error) {
        if (!isCodedError(error)) throw error;
      }
    }
  }

  async function show(): Promise<void> {
    for await (const event of role.stream(0, signal)) {
      tell(['checkpoint', isCosigned(event) ? event.cosigned : event.checkpoint]);
      tell(['checkpoint', await role.fetchCheckpoint(signal)]);
    }
  }

  await Promise.all([show(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
}

const [, , argument] = process.argv;
if (import.meta.main && argument !== undefined) await main(JSON.parse(argument) as NetworkProcessOptions);

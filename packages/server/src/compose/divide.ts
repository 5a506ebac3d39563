import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, encodeBase64url, encodeUtf8, sha256 } from '@holdfast/core';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { DISTRIBUTOR_KEY, organiserOf } from '../roles/distributor/config.ts';
import { DISTRIBUTOR_KEYS } from './distributing.ts';
import { createEraserSealer, ERASER_KEYS } from './erasing.ts';
import { GOVERNOR_KEYS } from './governing.ts';
import { ISSUER_KEYS } from './issuer-keys.ts';
import { openKeys } from './keyring.ts';
import { LEDGER_KEYS } from './ledger.ts';
import { NETWORK_KEYS } from './network.ts';
import { sampleIssuerDescription } from './sample-issuer.ts';
import { SAMPLE } from './sample-network.ts';
import { createTellingSealer, PERSON_KEYS } from './telling.ts';

/** A folder that was made: for which role, and what of the network's keys is in it. */
export type Divided = { readonly role: string; readonly folder: string };

/**
 * Makes a data folder for each role from that of a network: its own keys and nobody else's, the name of the network, and what
 * it is told about itself. Nothing is taken away from where it was. Throws `data.no-network`, `data.divided` where there is something
 * already.
 */
export async function divideFolder(dataFolder: string, to: string): Promise<readonly Divided[]> {
  const genesis = (await readOptional(join(dataFolder, 'genesis.jws')))?.trim();
  const home = await readOptional(join(dataFolder, 'holdfast.json'));
  if (genesis === undefined || home === undefined) {
    throw new CodedError('data.no-network', `There is no network in ${dataFolder} to divide.`);
  }
  if ((await readdir(to).catch(() => [])).length > 0) {
    throw new CodedError('data.divided', `There is something in ${to} already; divide into an empty folder.`);
  }
  const network = encodeBase64url(sha256(encodeUtf8(genesis)));
  const { origin } = JSON.parse(home) as { origin: string };
  // Its processes seal under one key: made here where no eraser has run yet.
  await createEraserSealer(join(dataFolder, 'keys'));
  await createTellingSealer(join(dataFolder, 'keys'));
  const told = await tellRoles(dataFolder, origin);
  const made: Divided[] = [];
  for (const { role, holder, certificate, files } of told) {
    const folder = join(to, role);
    await copyKeys(join(dataFolder, 'keys'), join(folder, 'keys'), { holder, certificate });
    await writeWhole(join(folder, 'holdfast.json'), home);
    await writeWhole(join(folder, 'network'), `${network}\n`);
    if (role === 'network') await copyLog(dataFolder, folder);
    for (const [name, value] of Object.entries(files)) {
      await writeWhole(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
    }
    made.push({ role, folder });
  }
  return made;
}

type Told = {
  readonly role: string;
  /** The holder of its keys in the keyring. */
  readonly holder: string;
  readonly certificate?: string;
  readonly files: Readonly<Record<string, object>>;
};

/** Whom the eraser asks beside the verifiers, by the names that they have as parts. */
const ERASABLE_PARTS = ['issuer', 'distributor', 'governor', 'cases'] as const;

/** Whom the pages ask beside the verifiers how they do. */
const GATHERED_PARTS = ['network', 'governor', 'issuer', 'ledger', 'distributor', 'eraser'] as const;

/** Each role whose keys lie here, with what its own file says of it; for the sample's, which has no such files, what the sample says. */
async function tellRoles(dataFolder: string, origin: string): Promise<readonly Told[]> {
  const keysFolder = join(dataFolder, 'keys');
  const held = new Set(await readdir(keysFolder));
  const verifiers = [...held].flatMap((name) => /^verifier-([a-z0-9-]+)$/.exec(name)?.[1] ?? []).sort();
  const files = await readFiles(dataFolder, origin, verifiers);
  const tenant = (files['issuer.json'] as { readonly id: string }).id;
  const only = (name: keyof typeof files) => ({ [name]: files[name] });
  const told: readonly Told[] = [
    { role: 'network', holder: NETWORK_KEYS, files: {} },
    { role: 'governor', holder: GOVERNOR_KEYS, files: {} },
    { role: 'issuer', holder: ISSUER_KEYS, certificate: tenant, files: only('issuer.json') },
    ...verifiers.map((verifier) => {
      const holder = `verifier-${verifier}`;
      return { role: holder, holder, certificate: holder, files: {} };
    }),
    { role: 'ledger', holder: LEDGER_KEYS, files: only('ledger.json') },
    { role: 'distributor', holder: DISTRIBUTOR_KEYS, files: only('distributor.json') },
    { role: 'pages', holder: PERSON_KEYS, files: only('pages.json') },
    { role: 'eraser', holder: ERASER_KEYS, files: only('eraser.json') },
  ];
  return told.filter(({ holder }) => held.has(holder));
}

async function readFiles(dataFolder: string, origin: string, verifiers: readonly string[]) {
  const id = organiserOf(origin);
  const [, asked] = SAMPLE.verifiers;
  const read = async (name: string, ofSample: () => object | Promise<object>): Promise<object> => {
    const text = await readOptional(join(dataFolder, name));
    return text === undefined ? ofSample() : (JSON.parse(text) as object);
  };
  return {
    'issuer.json': await read('issuer.json', sampleIssuerDescription),
    'ledger.json': await read('ledger.json', async () => ({ party: id, callers: await readCallers(dataFolder) })),
    'distributor.json': await read('distributor.json', () => {
      return { id, ...SAMPLE.distributor, verifier: asked.id, debtor: SAMPLE.debtor };
    }),
    'pages.json': await read('pages.json', () => pagesOf(verifiers)),
    'eraser.json': await read('eraser.json', () => ({ parts: ERASABLE_PARTS, verifiers })),
  };
}

/** Whom the pages ask: the sample's two are compared. */
function pagesOf(verifiers: readonly string[]) {
  const [near, far] = SAMPLE.verifiers;
  const isSample = verifiers.includes(near.id) && verifiers.includes(far.id);
  const named = verifiers.map((id) => ({ id, name: SAMPLE.verifiers.find((one) => one.id === id)?.name ?? id }));
  return {
    parts: GATHERED_PARTS,
    verifiers: named,
    verifier: isSample ? far.id : verifiers[0],
    ...(isSample ? { compared: [near.id, far.id] } : {}),
  };
}

/** Whose calls its ledger takes: nobody's where there is no distributor. */
async function readCallers(dataFolder: string) {
  const keysFolder = join(dataFolder, 'keys');
  if (!(await readdir(keysFolder)).includes(DISTRIBUTOR_KEYS)) return [];
  return [await (await openKeys(keysFolder, DISTRIBUTOR_KEYS)).readPublicKey(DISTRIBUTOR_KEY)];
}

async function copyKeys(
  from: string,
  to: string,
  { holder, certificate }: { readonly holder: string; readonly certificate: string | undefined },
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of [holder, `${holder}.passphrase`, 'admin']) {
    await cp(join(from, name), join(to, name), { recursive: true });
  }
  const files = ['ca', certificate ?? ''].map((name) => join('development-ca', `${name}.crt`));
  // The certificates that its key has, without the key of the authority that gave them; one that has none yet is given one later.
  if ((await readOptional(join(from, files[1] ?? ''))) === undefined) return;
  await mkdir(join(to, 'development-ca'), { recursive: true, mode: 0o700 });
  for (const file of files) await cp(join(from, file), join(to, file));
}

/** The first entry, how far the log had been shown, and what it went over from. */
async function copyLog(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    // A mark that a running network writes just now is not there yet, or a moment later no more.
    if (name === 'genesis.jws' || /^log-.*(?<!\.tmp)$/.test(name)) await cp(join(from, name), join(to, name));
  }
}

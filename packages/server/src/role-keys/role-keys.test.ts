import { expect, test } from 'vitest';
import { createMemorySigner } from '../adapters/memory/signer.ts';
import { createRoleKeys, MAX_ROLE_KEYS, NAMED_NOWHERE, type NamedKeys } from './role-keys.ts';

/** Two processes of one role over one folder of keys, and what each has read. */
async function open() {
  const signer = createMemorySigner();
  await signer.create('own', 'ES256');
  const { kid } = await createRoleKeys(roleOf(signer)).current();
  let named: NamedKeys = NAMED_NOWHERE;
  const keys = () => createRoleKeys({ ...roleOf(signer), named: () => named });
  const read = (inForce: readonly string[], all: readonly string[] = inForce) => {
    named = { inForce, all, asOf: named.asOf + 1 };
  };
  return { signer, first: kid, a: keys(), b: keys(), read };
}

function roleOf(signer: ReturnType<typeof createMemorySigner>) {
  return { signer, name: 'own', party: 'relief', use: 'statement', named: () => NAMED_NOWHERE } as const;
}

test('a key that was prepared signs nothing until it is named, and is the same until then, in every process', async () => {
  const { a, b, first, read } = await open();
  const [made, again] = [await a.prepare(), await b.prepare()];
  expect([again.kid, made.name]).toEqual([made.kid, 'own-2']);
  expect((await a.current()).kid).toBe(first);
  read([made.kid, first]);
  expect([(await a.current()).kid, (await b.current()).kid]).toEqual([made.kid, made.kid]);
  expect((await b.prepare()).name).toBe('own-3');
});

test('one that another process made is found with the epoch that names it, and the one before goes on where it is not there', async () => {
  const { a, b, first, read } = await open();
  await b.current();
  const made = await a.prepare();
  read(['elsewhere', first]);
  expect((await b.current()).kid).toBe(first);
  expect(await b.read()).toMatchObject({ missing: 'elsewhere', prepared: [{ kid: made.kid }] });
  read([made.kid, first]);
  expect((await b.current()).kid).toBe(made.kid);
});

test('where nothing that is held is in force nothing is signed, and whatever was ended is not offered again', async () => {
  const { a, first, read } = await open();
  const made = await a.prepare();
  read([], [first]);
  await expect(a.current()).rejects.toMatchObject({ code: 'key.not-held' });
  expect([a.isInForce(first), a.peek()]).toEqual([false, undefined]);
  read([first], [first, made.kid]);
  expect([(await a.current()).kid, (await a.prepare()).name]).toEqual([first, 'own-3']);
});

test('so many keys are held and no more', async () => {
  const { signer, a, first, read } = await open();
  for (let i = 2; i <= MAX_ROLE_KEYS; i += 1) await signer.create(`own-${i}`, 'ES256');
  const { held } = await a.read();
  read(
    [first],
    held.map(({ kid }) => kid),
  );
  await expect(a.prepare()).rejects.toMatchObject({ code: 'key.too-many' });
});

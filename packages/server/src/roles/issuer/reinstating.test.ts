import { bindingDigest, parseCredential } from '@holdfast/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestKey } from '../../../../core/test/test-keys.ts';
import { present } from '../../../../verifier/test/verify-world.ts';
import { createIssuerClient, newKey } from '../../../test/issuer-client.ts';
import { ADA, ADMIN_KEY, createIssuerWorld, type IssuerWorld } from '../../../test/issuer-world.ts';
import { quickCases, ruleOn } from '../../../test/rulings.ts';

let world: IssuerWorld;
let client: ReturnType<typeof createIssuerClient>;
beforeAll(async () => {
  world = await createIssuerWorld({ rules: quickCases });
  client = createIssuerClient(world);
});
afterAll(() => world[Symbol.asyncDispose]());

type Held = { readonly credential: string; readonly key: TestKey; readonly list: string; readonly index: number };

async function take(offerUri: string): Promise<Held> {
  const key = newKey();
  const { body } = await client.request(await client.tokenOf(offerUri), key);
  const credential = String((body.credentials as { credential: string }[] | undefined)?.[0]?.credential);
  const parsed = parseCredential(credential);
  if (!parsed.ok || parsed.status === undefined) return expect.fail(`nothing was issued: ${JSON.stringify(body)}`);
  return { credential, key, list: parsed.status.uri, index: parsed.status.index };
}

/** Issued under a label of its own, and revoked. */
async function revoked(label: string): Promise<Held> {
  const held = await take((await world.offer({ type: 'residence', claims: ADA, label })).offerUri);
  await world.revoke([{ list: held.list, index: held.index }]);
  return held;
}

const found = ({ list, index }: Held) =>
  ruleOn({ log: world.log, epoch: () => world.epoch() }, 'reinstate', { of: 'credential', list, index });

async function ask(held: Held, changes: { nonce?: string; key?: TestKey; disclose?: string[]; salt?: string } = {}) {
  const { nonce, audience } = (await client.post('reinstatements/challenge', '', {})).body;
  const request = { nonce: changes.nonce ?? String(nonce), audience: String(audience), iat: seconds() };
  const presentation = present(held.credential, changes.key ?? held.key, request, changes.disclose ?? Object.keys(ADA));
  const salt = changes.salt === undefined ? {} : { salt: changes.salt };
  const headers = { 'content-type': 'application/json' };
  return client.post('reinstatements', JSON.stringify({ presentation, ...salt }), headers);
}

const seconds = () => Math.floor(world.clock.now() / 1000);
const operatorSees = async () =>
  (await client.call(`${client.issuer}/reinstatements`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).body;

describe('whoever was revoked wrongly, as a case has found', () => {
  it('shows the revoked credential and is offered another that says the same, once, also after a restart', async () => {
    const held = await revoked('ada');
    expect(await ask(held)).toMatchObject({ status: 404, body: { code: 'reinstatement.missing' } });
    await found(held);
    expect(await operatorSees()).toMatchObject([{ state: 'open', revoked: expect.any(String) }]);
    expect((await world.issuer.handoffs()).handoffs).toMatchObject([{ what: 'exception', count: 1, next: 'taken-up' }]);
    const first = await ask(held);
    expect(first.status).toBe(201);
    const restarted = await world.restart();
    const { nonce, audience } = await restarted.challenge('civic');
    const again = present(held.credential, held.key, { nonce, audience, iat: seconds() }, Object.keys(ADA));
    const { person, ...offered } = await restarted.reinstate('civic', { presentation: again });
    expect({ ...offered, me: `/me/${person}` }).toEqual(first.body);
    const other = await take(String(first.body.offerUri));
    expect(other.index === held.index && other.list === held.list).toBe(false);
    const parsed = parseCredential(other.credential);
    expect(parsed.ok && parsed.claims).toMatchObject(ADA);
    expect(world.log.state.lists.get(held.list)?.values[held.index]).toBe(1);
    expect(await ask(held)).toMatchObject({ status: 409, body: { code: 'reinstatement.taken' } });
    expect(await operatorSees()).toMatchObject([{ state: 'issued', issued: expect.any(String) }]);
    expect((await world.issuer.handoffs()).handoffs).toEqual([]);
    // The operator finds it under the name they gave the person.
    expect(await world.issuer.readIssued('civic', 'ada')).toHaveLength(2);
  });

  it('gets nothing for what somebody else holds, saw, or shows in part', async () => {
    const held = await revoked('bob');
    await found(held);
    const presentation = { status: 403, body: { code: 'reinstatement.presentation' } };
    expect(await ask(held, { key: newKey() })).toMatchObject(presentation);
    expect(await ask(held, { nonce: 'n'.repeat(43) })).toMatchObject(presentation);
    expect(await ask(held, { disclose: ['given_name'] })).toMatchObject({ body: { code: 'offer.claims' } });
    const other = await revoked('cleo');
    expect(await ask(other)).toMatchObject({ status: 404, body: { code: 'reinstatement.missing' } });
  });

  it('that officers decided is found by the salt that the desk opens to its holder', async () => {
    const held = await revoked('dora');
    const salt = 's'.repeat(22);
    const value = { list: held.list, index: held.index };
    const digest = bindingDigest({ salt, kind: 'target', value });
    const { log } = world;
    const decided = log.decide('reinstate', [value], { parameters: { reinstatement: digest } });
    log.append(log.statement({ type: 'exception', v: 1, decision: decided.digest, kind: 'reinstatement', digest }));
    await world.epoch();
    expect(await ask(held)).toMatchObject({ body: { code: 'reinstatement.missing' } });
    expect(await ask(held, { salt: 't'.repeat(22) })).toMatchObject({ body: { code: 'reinstatement.missing' } });
    expect(await ask(held, { salt })).toMatchObject({ status: 201 });
  });

  it('is kept for nobody to see who has no key of the operator', async () => {
    expect((await client.call(`${client.issuer}/reinstatements`)).status).toBe(401);
  });
});

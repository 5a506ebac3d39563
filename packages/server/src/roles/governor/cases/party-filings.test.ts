import { encodeJws, type PartyFiling, parseJws, partyFilingSigningInput, sha256Base64url } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../../core/test/log-builder.ts';
import { readable } from '../../../../../core/test/readable.ts';
import { type CaseWorld, createCaseWorld } from '../../../../test/case-world.ts';
import { describeFilingDesk, filingAbout } from '../../../ports/filing.contract.ts';
import type { CaseDeskBounds } from './case-desk.ts';
import { createPartyFilings } from './party-filings.ts';

const NEVER = new AbortController().signal;
const PARTY = 'https://civic.example';

async function createWorld(bounds: Partial<CaseDeskBounds> = {}) {
  const world = await createCaseWorld(bounds);
  const { engine, signer, follower } = world.ports;
  const filings = createPartyFilings({ clock: world.clock, engine, signer, follower, desk: world.desk });
  const sign = (filing: PartyFiling, by = 'civic statement') => {
    const key = world.signatures.key(by);
    const input = partyFilingSigningInput(filing, key.jwk);
    return encodeJws(input, key.sign(input));
  };
  const about = (id: string, changes: Parameters<typeof filingAbout>[0] | object = {}) =>
    filingAbout({ network: world.log.state.name, party: PARTY, id, ...changes });
  return { ...world, filings, sign, about };
}

describeFilingDesk('what parties file', async () => {
  const { filings, sign, about } = await createWorld();
  return { desk: filings, sign: async ({ id, index }) => sign(about(id, { subject: { list: LIST_URI, index } })) };
});

const opened = ({ log }: CaseWorld) => [...log.state.docket.cases.values()];

describe('a party that files', () => {
  it('opens a case with owner and date, sealed, and has the governor’s signature on the very text', async () => {
    const world = await createWorld();
    const signed = world.sign(world.about('one'));
    const receipt = await world.filings.file(signed, NEVER);
    await world.tick();
    expect(opened(world)).toMatchObject([{ id: receipt.id, stage: 'filed', role: 'registrar' }]);
    expect(parseJws(receipt.acknowledgement).payload).toMatchObject({
      filing: sha256Base64url(signed),
      promisedBy: receipt.promisedBy,
    });
    expect(readable(world.log.entries.join(' '))).not.toContain('Somebody has to look');
    const [file] = await world.desk.files(receipt.id);
    expect(file?.opened?.statement).toBe('Somebody has to look at this.');
  });

  it.each([
    ['with a key that is not the party’s', 'officer-a', {}],
    ['with the key that signs its credentials', 'civic credential', {}],
    ['for another network', 'civic statement', { network: 'another' }],
    ['in the name of an officer', 'officer-a', { party: 'officer-a' }],
    ['as somebody whom the network does not know', 'civic statement', { party: 'https://nobody.example' }],
  ])('is told so when it files %s', async (_, by, changes) => {
    const world = await createWorld();
    const refused = world.filings.file(world.sign(world.about('one', changes), by), NEVER);
    await expect(refused).rejects.toMatchObject({ code: 'case.party' });
    await world.tick();
    expect(opened(world)).toEqual([]);
  });

  it.each([
    ['about a list that is not there', 'case.subject', { subject: { list: 'https://x.example/1', index: 1 } }],
    ['about somebody else’s program', 'case.subject', { about: 'application', subject: { program: 'p' } }],
    ['for a reason that the rulebook does not have', 'case.rules', { class: 'whatever' }],
  ])('is refused when it files %s', async (_, code, changes) => {
    const world = await createWorld();
    const refused = world.filings.file(world.sign(world.about('one', changes)), NEVER);
    await expect(refused).rejects.toMatchObject({ code });
  });

  it('files many a day, and no more than its bound', async () => {
    const { filings, sign, about } = await createWorld({ maxPartyFilingsPerDay: 6 });
    const file = (index: number) =>
      filings.file(sign(about(`m-${index}`, { subject: { list: LIST_URI, index } })), NEVER);
    for (let index = 0; index < 6; index += 1) await file(index);
    await expect(file(6)).rejects.toMatchObject({ code: 'case.too-many' });
  });

  it('reports a promise that it has not kept: an incident in its own name, once however often it is told', async () => {
    const world = await createWorld();
    const { network, party, id, filedAt } = world.about('late');
    const signed = world.sign({
      ...{ kind: 'incident', network, party, id, filedAt, class: 'promise-missed', statement: 'Forty wait.' },
    });
    world.fail('answer-lost');
    await expect(world.filings.file(signed, NEVER)).rejects.toMatchObject({ code: 'network.unreachable' });
    await world.tick();
    const receipt = await world.filings.file(signed, NEVER);
    await world.filings.file(signed, NEVER);
    await world.tick();
    const incidents = [...world.log.state.docket.incidents.values()];
    expect(incidents).toMatchObject([{ id: receipt.id, owner: PARTY, class: 'promise-missed', stage: 'reported' }]);
    expect(readable(world.log.entries.join(' '))).not.toContain('Forty');
  });
});

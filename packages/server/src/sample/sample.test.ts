import {
  checkRulebook,
  grantOf,
  longestCaseOf,
  PERSON_LANGUAGES,
  type Phrase,
  POWERS,
  parseStatement,
  partsOfPhrase,
  type Rulebook,
  rulebookSchema,
  wordingOfClass,
  wordingOfRoles,
  wordingOfTitle,
} from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { readPersonWords, sentencesOf } from '../../../core/test/person-words.ts';
import { createIdealSignatures } from '../../../core/test/test-keys.ts';
import { createGovernorWorld, type GovernorWorld } from '../../test/governor-world.ts';
import { lengthOfStatement } from '../roles/governor/statements.ts';
import { SAMPLE_JUDGES, sampleCaseRules } from './case-rules.ts';
import { foundNetwork } from './founding.ts';
import { sampleParties } from './parties.ts';
import { sampleRulebook } from './rulebook.ts';
import { winterRelief } from './winter-relief.ts';

const signatures = createIdealSignatures();
const key = (name: string) => signatures.key(name).jwk;
const RULEBOOK = sampleRulebook({
  origin: 'localhost:4600/log',
  logVkey: 'localhost:4600/log+00000000+AQ',
  networkKey: key('network'),
  governorKey: key('governor'),
  officers: ['officer-a', 'officer-b'].map((id) => ({ id, key: key(id) })),
});
const PARTIES = sampleParties({
  issuer: {
    id: 'http://localhost:4600/i/civic',
    name: 'Civic',
    types: ['http://localhost:4600/vct/civic/residence/1'],
    statementKey: key('civic statement'),
    credentialKeys: [key('civic credential')],
    anchors: ['AAAA'],
  },
  verifiers: ['north', 'south'].map((id) => ({ id: `http://localhost:4600/v/${id}`, name: id, verdictKey: key(id) })),
});

describe('the sample rulebook', () => {
  test('is a rulebook, and fits into the entry that founds the network', () => {
    expect(rulebookSchema.parse(RULEBOOK)).toEqual(RULEBOOK);
    expect(lengthOfStatement({ type: 'rulebook', v: 1, body: RULEBOOK })).toBeLessThan(16_384);
  });

  test('has public words for every class that a power takes', () => {
    const worded = new Set(RULEBOOK.classes.map(({ id }) => id));
    for (const { classes } of RULEBOOK.powers) for (const id of classes) expect(worded).toContain(id);
  });

  test('gives no power to fewer officers than it has, and to one alone only what lapses or takes a change back', () => {
    for (const grant of RULEBOOK.powers) {
      const able = RULEBOOK.officers.filter(({ roles }) => roles.some((role) => grant.roles.includes(role)));
      expect(able.length).toBeGreaterThanOrEqual(grant.quorum);
      const lasts = grant.power === 'cancel' ? {} : { power: 'suspend', maxDurationMs: 14 * 86_400_000 };
      if (grant.quorum === 1) expect(grant).toMatchObject(lasts);
    }
  });

  test('without one of its two officers nothing can be revoked', () => {
    const alone: Rulebook = { ...RULEBOOK, officers: RULEBOOK.officers.slice(1) };
    const revoke = alone.powers.find(({ power }) => power === 'revoke');
    expect(alone.officers.length).toBeLessThan(revoke?.quorum ?? 0);
  });
});

describe('the sample rulebook of a new data folder', () => {
  const options = {
    origin: 'localhost:4600/log',
    logVkey: 'localhost:4600/log+00000000+AQ',
    networkKey: key('network'),
    governorKey: key('governor'),
    officers: ['officer-a', 'officer-b'].map((id) => ({ id, key: key(id) })),
  };
  const judged = sampleRulebook({
    ...options,
    judges: SAMPLE_JUDGES.map((judge) => ({ ...judge, key: key(judge.id) })),
  });

  test('fits into the entry that founds the network, and an amendment of it into one', () => {
    expect(rulebookSchema.parse(judged)).toEqual(judged);
    const amendment = { type: 'rulebook', v: 1, body: judged, decision: 'd'.repeat(43), effectiveAt: 2 ** 45 } as const;
    expect(lengthOfStatement(amendment)).toBeLessThan(16_384);
  });

  test('has what people are shown in every language of their pages, in sentences of at most 15 words', () => {
    expect(checkRulebook(judged).filter(({ code }) => code.startsWith('words.'))).toEqual([]);
    const sentences = readPersonWords();
    const program = wordingOfTitle(winterRelief({ origin: '', id: 'relief', opensAt: 0, closesAt: 1, key: '' }));
    const own = [
      ...judged.classes
        .filter((each) => each.in !== undefined)
        .map(({ id }) => ({ reason: wordingOfClass(judged, id) })),
      ...['revoker', 'treasurer', 'steward', 'reviewer'].map((role) => ({ name: wordingOfRoles(judged, [role]) })),
      { program, amount: '100.00 EUR' },
    ];
    const said = own.flatMap((values) => {
      const [member = ''] = Object.keys(values);
      const codes = [...sentences].flatMap(([code, { en }]) => (en.includes(`{${member}}`) ? [code] : []));
      return codes.flatMap((code) =>
        PERSON_LANGUAGES.map((language) => partsOfPhrase({ code, values } as Phrase, sentences, language)),
      );
    });
    expect(said.length).toBeGreaterThan(100);
    // Nothing is left in another language.
    expect(said.filter((parts) => parts.length !== 1 || typeof parts[0] !== 'string')).toEqual([]);
    const long = said.flatMap(([text]) => sentencesOf(String(text)).filter((words) => words.length > 15));
    expect(long).toEqual([]);
  });

  test('has nobody left with nobody: every complaint has an owner, judges, and an end within 70 days', () => {
    expect(checkRulebook(judged).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(longestCaseOf(sampleCaseRules())?.ms).toBeLessThanOrEqual(70 * 86_400_000);
  });

  test('grants every power, and the one that takes back a change of the rules to nobody who decides one', () => {
    expect(judged.powers.map(({ power }) => power).sort()).toEqual([...POWERS].sort());
    expect(grantOf(judged, 'cancel')?.roles).toEqual(['guardian']);
  });
});

describe('the founding', () => {
  const officerOf = (name: string) => ({
    key: name,
    signer: {
      readPublicKey: async (of: string) => key(of),
      sign: async (of: string, data: Uint8Array) => signatures.key(of).sign(Buffer.from(data).toString('utf8')),
    },
  });
  const OFFICERS = ['officer-a', 'officer-b'].map(officerOf);

  /** Founds while time passes and the network mints its epochs. */
  async function found(world: GovernorWorld, officers = OFFICERS, giveUp = new AbortController()): Promise<unknown> {
    const { governor, follower, clock } = world;
    let isDone = false;
    const founding = foundNetwork({ governor, follower, clock, officers }, PARTIES, giveUp.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    void founding.then(() => {
      isDone = true;
    });
    for (let i = 0; i < 60 && !isDone; i += 1) {
      await clock.advance(300);
      world.epoch();
    }
    return founding;
  }

  test('accredits issuer and verifiers by decisions of both officers', async () => {
    const world = await createGovernorWorld({ signatures, rulebook: RULEBOOK, until: 'genesis' });
    expect(await found(world)).toBeUndefined();
    expect(PARTIES.map(({ id }) => world.log.state.parties.get(id))).toEqual(PARTIES);
    const decisions = world.log.entries.flatMap((entry) => {
      const parse = parseStatement(entry);
      return parse.ok && parse.statement.body.type === 'decision' ? [parse.statement.body] : [];
    });
    expect(decisions.map((body) => [body.power, body.class, body.approvals.length])).toEqual(
      PARTIES.map(() => ['accredit', 'founding', 2]),
    );
  });

  test('run again it changes nothing, and a party that was changed since stays as it is', async () => {
    const world = await createGovernorWorld({ signatures, rulebook: RULEBOOK, until: 'genesis' });
    await found(world);
    const [, north] = PARTIES;
    if (north === undefined) throw new Error('there is a verifier');
    world.log.accredit({ ...north, name: 'Northern office' }, { class: 'party-changed' });
    world.epoch();
    const { length } = world.appended;
    expect(await found(world)).toBeUndefined();
    expect(world.appended).toHaveLength(length);
    expect(world.log.state.parties.get(north.id)?.name).toBe('Northern office');
  });

  test('interrupted after any epoch it is completed by the next start, each party once', async () => {
    for (const stopAfter of [1, 2, 3, 4, 5, 6]) {
      const world = await createGovernorWorld({ signatures, rulebook: RULEBOOK, until: 'genesis' });
      const giveUp = new AbortController();
      const { governor, follower, clock } = world;
      const first = foundNetwork({ governor, follower, clock, officers: OFFICERS }, PARTIES, giveUp.signal);
      first.catch(() => undefined);
      for (let i = 0; i < stopAfter; i += 1) {
        await clock.advance(300);
        world.epoch();
      }
      giveUp.abort(new Error('stopped'));
      await clock.advance(10_000);
      await first.catch(() => undefined);
      await governor[Symbol.asyncDispose]();
      const next = { ...world, governor: await world.restart() };
      expect(await found(next)).toBeUndefined();
      expect(world.appended).toHaveLength(PARTIES.length);
    }
  });

  test('takes a decision up again that lapsed while the machine was off', async () => {
    const world = await createGovernorWorld({ signatures, rulebook: RULEBOOK, until: 'genesis' });
    world.epoch(1_700_000_000_000);
    const [party] = PARTIES;
    if (party === undefined) throw new Error('there is an issuer');
    const request = { power: 'accredit', class: 'founding', party, reason: 'sample network' } as const;
    const begun = await world.governor.propose(request, `founding 1 ${party.id}`);
    world.epoch(begun.terms.expiry);
    expect(await found(world)).toBeUndefined();
    expect(world.log.state.parties.has(party.id)).toBe(true);
  });

  test('says so when one officer alone is not enough', async () => {
    const world = await createGovernorWorld({ signatures, rulebook: RULEBOOK, until: 'genesis' });
    expect(await found(world, OFFICERS.slice(1))).toMatchObject({ code: 'sample.not-founded' });
    expect(world.appended).toEqual([]);
  });
});

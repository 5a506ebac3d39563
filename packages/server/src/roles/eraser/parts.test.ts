import {
  type CaseRecord,
  type DecisionOpenings,
  encodeUtf8,
  latestEnd,
  openedRoot,
  type ProgramRecord,
  type SaltedLeaf,
  saltedRoot,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { buildCaseLog } from '../../../../core/test/case-log.ts';
import { createCaseStoreMemory } from '../../adapters/memory/case-store.ts';
import { createDecisionStoreMemory } from '../../adapters/memory/decision-store.ts';
import { createDistributorStoreMemory } from '../../adapters/memory/distributor-store.ts';
import { createFollowUpStoreMemory } from '../../adapters/memory/follow-up-store.ts';
import { createIssuerStoreMemory } from '../../adapters/memory/issuer-store.ts';
import { createReviewStoreMemory } from '../../adapters/memory/review-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createSettlementStoreMemory } from '../../adapters/memory/settlement-store.ts';
import { createStandingStoreMemory } from '../../adapters/memory/standing-store.ts';
import { createVerdictStoreMemory } from '../../adapters/memory/verdict-store.ts';
import type { PaymentState } from '../../ports/distributor-store.ts';
import { describeErasable, NOBODY } from '../../ports/erasable.contract.ts';
import { createDistributorErasing } from '../distributor/erasing.ts';
import { createCaseErasing } from '../governor/cases/case-erasing.ts';
import { filerOf, handleOf } from '../governor/cases/filing.ts';
import { createGovernorErasing } from '../governor/erasing.ts';
import { createIssuerErasing } from '../issuer/erasing.ts';
import { createVerifierErasing } from '../verifier/erasing.ts';
import { subjectOfPlace } from '../verifier/verdict-book.ts';

const LIST = 'https://civic.example/lists/1';
const PLACE = { list: LIST, index: 7 };
const CREDENTIAL = 'c'.repeat(43);
const DAY_MS = 86_400_000;
const person = (changes: Partial<typeof NOBODY>) => ({ ...NOBODY, ...changes });

async function createIssuer() {
  const store = createIssuerStoreMemory();
  const offer = { tenant: 'civic', id: 'o', seed: 's', request: 'r', link: 'l', code: 'c', type: 'residence' };
  await store.appendOffer(
    { ...offer, label: 'digest of ada', claims: encodeUtf8('Ada'), until: 100, forgetAt: 900 },
    9,
  );
  await store.redeem('civic', 'o', 'token', 500);
  const copies = [{ id: 'c1', key: 'key', ...PLACE }];
  await store.recordIssued({ tenant: 'civic', offer: 'o', copies, issuedAt: 1, forgetAt: 900 });
  const digestOf = (tenant: string, label: string) => (tenant === 'civic' ? `digest of ${label}` : undefined);
  return { store, erasable: createIssuerErasing({ store, digestOf }) };
}

describeErasable('what an issuer has of a person, by their label', async () => {
  const { store, erasable } = await createIssuer();
  const holds = async () => (await store.readIssued('civic', 'digest of ada')).length > 0;
  return { erasable, person: person({ labels: [{ tenant: 'civic', label: 'ada' }] }), holds };
});

describeErasable('what an issuer has of a person, by a place that they showed', async () => {
  const { store, erasable } = await createIssuer();
  const holds = async () => (await store.readOffer('civic', { link: 'l' }))?.claims !== undefined;
  return { erasable, person: person({ places: [PLACE] }), holds };
});

describe('an issuer', () => {
  it('knows the places of a label, and nothing of a tenant that is not here', async () => {
    const { erasable } = await createIssuer();
    expect(await erasable.trace(person({ labels: [{ tenant: 'civic', label: 'ada' }] }))).toEqual({ places: [PLACE] });
    expect(await erasable.trace(person({ labels: [{ tenant: 'nobody', label: 'ada' }] }))).toEqual({ places: [] });
  });
});

async function createVerifier() {
  const stores = {
    verdicts: createVerdictStoreMemory(),
    standings: createStandingStoreMemory(),
    reviews: createReviewStoreMemory(),
    followUps: createFollowUpStoreMemory(),
  };
  const sealer = createMemorySealer();
  const subject = await subjectOfPlace(sealer, PLACE);
  const sealed = encodeUtf8('what was presented');
  await stores.verdicts.append({ id: 'v1', subject, credential: CREDENTIAL, answeredAt: 1, signed: 's', sealed });
  const erasable = createVerifierErasing({
    id: 'north',
    clock: { now: () => 1000 },
    sealer,
    ...stores,
    standingMemoryMs: 500,
  });
  const holds = async () => (await stores.verdicts.read('v1'))?.sealed !== undefined;
  return { erasable, ...stores, holds, sealed, subject };
}

describeErasable('what a verifier has of a person, by a place', async () => {
  const { erasable, holds } = await createVerifier();
  return { erasable, person: person({ places: [PLACE] }), holds };
});

describeErasable('what a verifier has of a person, by what their issuer signed', async () => {
  const { erasable, holds } = await createVerifier();
  return { erasable, person: person({ credentials: [CREDENTIAL] }), holds };
});

describe('a verifier', () => {
  it('finds by a place what was presented, and with it the verdict', async () => {
    const { erasable } = await createVerifier();
    expect(await erasable.trace(person({ places: [PLACE] }))).toEqual({ verdicts: ['v1'], credentials: [CREDENTIAL] });
  });

  it('keeps what money waits for, an open review and a promised answer, and says until when', async () => {
    const { erasable, standings, reviews, followUps, sealed, subject } = await createVerifier();
    await standings.keep({ verdictId: 'v1', subject, keptAt: 900, sealed });
    const matter = { check: 'look', credential: CREDENTIAL, type: 'residence', issuer: 'civic', owner: 'desk' };
    await reviews.open({ id: 'r', ...matter, openedAt: 1, dueAt: 2000, default: 'failed', shown: sealed }, 0, 9);
    await followUps.keep({ verdictId: 'v1', credential: CREDENTIAL, keptAt: 1, promisedBy: 3000, sealed });
    const { stays, erased } = await erasable.erase(person({ places: [PLACE] }));
    expect(stays.map(({ what, until }) => [what, until])).toEqual([
      ['standings', 1400],
      ['reviews', 2000],
      ['answers owed', 3000],
    ]);
    expect(erased).toEqual({ presented: 1, reviews: 0 });
    expect((await standings.read('v1'))?.sealed).toBeDefined();
    await standings.erase('v1', 1);
    expect((await erasable.erase(person({ places: [PLACE] }))).stays).toHaveLength(2);
  });
});

const RECORD = {
  program: { window: { closesAt: 0 }, intakeWithinMs: DAY_MS, appealMs: DAY_MS, confirm: { withinMs: DAY_MS } },
} as unknown as ProgramRecord;

/** An application that has come so far. */
async function createDistributor(until: 'kept' | 'refused' | PaymentState) {
  const store = createDistributorStoreMemory();
  await store.addProgram({ id: 'p', digest: 'd' });
  const sent = { program: 'p', application: 'a', holder: 'key.signed', receivedAt: 1, salt: 's', acknowledgement: 'x' };
  await store.accept([{ ...sent, sealed: encodeUtf8('Ada'), maxApplications: 9 }]);
  if (until === 'refused')
    await store.judge('p', [{ application: 'a', verdict: 'v', refused: 'application.not_eligible' }]);
  else if (until !== 'kept') {
    const candidacy = { issuer: 'civic', nullifier: 'n', held: false };
    await store.judge('p', [{ application: 'a', verdict: 'v', candidacy }]);
    await store.admit('p', ['a'], []);
    await store.plan('p', [{ application: 'a', amount: 1n }], 1);
    const steps: Partial<Record<PaymentState, readonly PaymentState[]>> = {
      voided: ['planned', 'voided'],
      carried: ['planned', 'posted', 'carried'],
    };
    const way = steps[until] ?? [];
    for (const [i, from] of way.slice(0, -1).entries())
      await store.advance('p', [{ application: 'a', from, to: way[i + 1] ?? from }], 1);
  }
  const settlements = createSettlementStoreMemory();
  const erasable = createDistributorErasing({ store, settlements, findProgram: () => RECORD });
  const holds = async () => (await store.read('p', 'a'))?.sealed !== undefined;
  return { erasable, holds };
}

describeErasable(
  'what a distributor has of a person whose money has left, by the key of their credential',
  async () => ({
    ...(await createDistributor('carried')),
    person: person({ holders: ['key'] }),
  }),
);

describeErasable('what a distributor has of a person who was refused, by a verdict', async () => ({
  ...(await createDistributor('refused')),
  person: person({ verdicts: ['v'] }),
}));

describe('a distributor', () => {
  it.each([
    ['kept', 'it is not decided yet'],
    ['planned', 'money is on its way'],
  ] as const)('keeps an application that is %s, and says until when', async (until, why) => {
    const { erasable, holds } = await createDistributor(until);
    const { stays, erased } = await erasable.erase(person({ holders: ['key'] }));
    expect(stays).toEqual([{ what: 'applications', count: 1, why, until: 3 * DAY_MS }]);
    expect(erased).toEqual({ applications: 0, destinations: 0 });
    expect(await holds()).toBe(true);
  });

  it('forgets one whose money went back', async () => {
    const { erasable, holds } = await createDistributor('voided');
    await erasable.erase(person({ holders: ['key'] }));
    expect(await holds()).toBe(false);
  });
});

const leaf = (kind: SaltedLeaf['kind'], value: unknown, salt: string): SaltedLeaf => ({
  salt: `${salt.repeat(21)}A`,
  kind,
  value,
});

async function createGovernor(targets: readonly unknown[]) {
  const store = createDecisionStoreMemory();
  const leaves = targets.map((value, i) => leaf('target', value, 'ABCDEF'[i] ?? 'A'));
  const reasons = [leaf('reason', 'moved away', 'Q')];
  const root = saltedRoot(leaves);
  const terms = {
    ...{ genesis: 'g', id: 'd', power: 'revoke' as const, class: 'c', rulebook: 0, expiry: 100 },
    ...{ parameters: { reasons: saltedRoot(reasons) }, targets: { root, count: leaves.length } },
  };
  const openings = { targets: leaves, reasons, evidence: [] };
  const kept = { id: 'd', idempotencyKey: 'k', request: 'r', digest: 'x', terms, openings, quorum: 2, proposedAt: 1 };
  await store.create(kept);
  let time = 200;
  const erasable = createGovernorErasing({ store, time: () => time });
  const opened = async (): Promise<DecisionOpenings> => (await store.read('d'))?.openings ?? openings;
  const holds = async () => JSON.stringify(await opened()).includes('"index":7');
  return { erasable, holds, opened, root, reasons, setTime: (at: number) => (time = at) };
}

describeErasable('what a governor has of a person', async () => ({
  ...(await createGovernor([PLACE, { list: LIST, index: 8 }])),
  person: person({ places: [PLACE] }),
}));

describe('a governor', () => {
  it('forgets one target of several, and what is left still gives the root that officers signed', async () => {
    const { erasable, opened, root } = await createGovernor([
      { list: LIST, index: 6 },
      PLACE,
      { list: LIST, index: 8 },
    ]);
    const { erased } = await erasable.erase(person({ places: [PLACE] }));
    expect(erased).toEqual({ targets: 1, reasons: 0, evidence: 0 });
    const left = await opened();
    expect(left.targets.map(({ value }) => value)).toEqual([
      { list: LIST, index: 6 },
      { list: LIST, index: 8 },
    ]);
    expect(openedRoot('target', left.targets, left.erased)).toBe(root);
    // The others ask later, each for themselves: the reasons go with the last of them.
    await erasable.erase(person({ places: [{ list: LIST, index: 8 }] }));
    expect((await erasable.erase(person({ places: [{ list: LIST, index: 6 }] }))).erased.reasons).toBe(1);
    const none = await opened();
    expect([none.targets, none.reasons]).toEqual([[], []]);
    expect(openedRoot('target', [], none.erased)).toBe(root);
  });

  it('keeps what officers are still deciding, and says until when', async () => {
    const { erasable, holds, setTime } = await createGovernor([PLACE]);
    setTime(50);
    expect((await erasable.erase(person({ places: [PLACE] }))).stays).toMatchObject([
      { what: 'decisions', until: 101 },
    ]);
    expect(await holds()).toBe(true);
  });
});

/** Ada has filed in one case, and somebody else about her credential in another; `open`: as the log has them. */
async function createCases(open: readonly CaseRecord[] = []) {
  const store = createCaseStoreMemory();
  const sealer = createMemorySealer();
  const [ada, other] = [await filerOf(sealer, 'holder ada-key'), await filerOf(sealer, 'holder other-key')];
  const [hers, others] = [await handleOf(sealer, PLACE), await handleOf(sealer, { list: LIST, index: 8 })];
  const filed = [
    ['s1', 'c1', ada, others],
    ['s2', 'c2', other, hers],
    ['s3', 'c3', other, others],
  ] as const;
  for (const [step, id, filer, subject] of filed) {
    const file = { step, case: id, code: step, filer, subject, filedAt: 1, sealed: encodeUtf8('words') };
    const kept = { id: step, idempotencyKey: step, request: 'r', case: id, act: '{}', digest: '', proposedAt: 1 };
    await store.create(kept, file);
  }
  const erasable = createCaseErasing({ store, sealer, openCases: () => open });
  const readSealed = async (id: string) => (await store.readFiles(id))[0]?.sealed !== undefined;
  return { erasable, readSealed, sealer };
}

describeErasable('what a person filed, by the key of their credential', async () => {
  const { erasable, readSealed } = await createCases();
  return { erasable, person: person({ holders: ['ada-key'] }), holds: () => readSealed('c1') };
});

describeErasable('what was filed about a person’s credential', async () => {
  const { erasable, readSealed } = await createCases();
  return { erasable, person: person({ places: [PLACE] }), holds: () => readSealed('c2') };
});

describe('what was filed', () => {
  const ada = person({ holders: ['ada-key'], places: [PLACE] });

  it('stays while a case is open that needs it, and the day is named by which it is over', async () => {
    const open: CaseRecord[] = [];
    const { erasable, readSealed, sealer } = await createCases(open);
    const log = buildCaseLog();
    log.open('c');
    const record = (id: string, subject: string): CaseRecord => ({ ...log.find('c'), id, subject });
    open.push(record('c1', 'another'), record('c2', await handleOf(sealer, PLACE)));
    const { erased, stays } = await erasable.erase(ada);
    expect(erased).toEqual({ files: 0 });
    expect(stays).toMatchObject([{ what: 'cases', count: 2, until: latestEnd(log.find('c')) }]);
    expect([await readSealed('c1'), await readSealed('c2')]).toEqual([true, true]);
  });

  it('by somebody else about somebody else is left alone', async () => {
    const { erasable, readSealed } = await createCases();
    await erasable.erase(ada);
    expect([await readSealed('c1'), await readSealed('c2'), await readSealed('c3')]).toEqual([false, false, true]);
  });
});

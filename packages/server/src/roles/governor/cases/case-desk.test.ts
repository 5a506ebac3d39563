import { type CaseAct, CodedError, caseActDigest, encodeBase64url, parseJws, saltedRoot } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { CREDENTIAL, HOUR_MS } from '../../../../../core/test/case-log.ts';
import { DAY_MS, LIST_URI } from '../../../../../core/test/log-builder.ts';
import { readable } from '../../../../../core/test/readable.ts';
import { issue, present } from '../../../../../verifier/test/verify-world.ts';
import { AUDIENCE, type CaseWorld, createCaseWorld } from '../../../../test/case-world.ts';
import { settle } from '../../../../test/governor-world.ts';
import type { Filing } from './filing.ts';

const OWN: Filing = {
  about: 'credential',
  class: 'residence-ended',
  remedy: 'reinstate',
  respondent: 'https://civic.example',
  statement: 'I still live here.',
};
const OTHERS: Filing = { ...OWN, remedy: 'revoke', subject: { list: LIST_URI, index: 7 } };

async function presented(
  world: CaseWorld,
  index = 7,
  changes: { audience?: string; nonce?: string; holder?: string } = {},
) {
  const { signatures, clock, desk } = world;
  const holder = signatures.key(changes.holder ?? 'ada');
  const credential = issue({
    key: signatures.key('civic credential'),
    claims: { iss: 'https://civic.example', vct: 'residence' },
    holder: holder.jwk,
    status: { uri: LIST_URI, index },
  });
  const { nonce } = await desk.challenge();
  const request = {
    nonce: changes.nonce ?? nonce,
    audience: changes.audience ?? AUDIENCE,
    iat: Math.floor(clock.now() / 1000),
  };
  return { presentation: present(credential, holder, request) };
}

describe('filing', () => {
  test('takes a credential and words: acknowledged with a date, on record without either', async () => {
    const world = await createCaseWorld();
    const answer = await world.desk.file(OWN, await presented(world), 'key-1');
    await world.tick();
    expect(world.desk.find(answer.case)).toMatchObject({ stage: 'filed', remedy: 'reinstate', owner: 'registrar' });
    expect(answer.promisedBy).toBeGreaterThanOrEqual(world.desk.find(answer.case).dueAt);
    expect(parseJws(answer.acknowledgement).header.typ).toBe('case-acknowledgement+jwt');
    const log = readable(world.log.entries.filter((entry) => bodyOf(entry).type === 'case').join(' '));
    for (const word of ['still live', LIST_URI, answer.code]) expect(log).not.toContain(word);
    expect(log).not.toMatch(/\bAda\b/);
    const kept = JSON.stringify(await world.cases.readFiles(answer.case));
    expect(kept).not.toContain('still live');
    expect(kept).not.toContain(answer.code);
  });

  test('by a revoked holder is taken: that is what it is for', async () => {
    const world = await createCaseWorld();
    world.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.epoch();
    const { case: id } = await world.desk.file(OWN, await presented(world), 'key-1');
    await world.tick();
    expect(world.desk.find(id).stage).toBe('filed');
  });

  test('names the decision that it is about, as the log has it, where it can only be one', async () => {
    const world = await createCaseWorld();
    const { decision } = world.log.revoke([{ list: LIST_URI, index: 7 }]);
    await world.tick();
    const answer = await world.desk.file(OWN, await presented(world), 'key-1');
    await world.tick();
    const record = world.log.state.docket.cases.get(answer.case);
    expect(record).toMatchObject({ against: decision.index, conflicted: ['officer-a', 'officer-b'] });
    const untouched = await world.desk.file(
      { ...OTHERS, subject: { list: LIST_URI, index: 9 } },
      { operator: 'desk' },
      'k',
    );
    await world.tick();
    expect(world.log.state.docket.cases.get(untouched.case)).not.toHaveProperty('against');
  });

  test('repeated is one case, one statement and the same code', async () => {
    const world = await createCaseWorld();
    const who = await presented(world);
    const [first, second] = await Promise.all([world.desk.file(OWN, who, 'k'), world.desk.file(OWN, who, 'k')]);
    expect(second).toMatchObject({ case: first?.case, code: first?.code });
    await world.tick();
    expect(await world.desk.file(OWN, await presented(world), 'k')).toMatchObject({
      case: first?.case,
      code: first?.code,
    });
    expect(world.log.entries.filter((entry) => isAct(entry, 'open'))).toHaveLength(1);
    const other = { ...OWN, statement: 'Something else.' };
    await expect(world.desk.file(other, await presented(world), 'k')).rejects.toMatchObject({
      code: 'case.idempotency-conflict',
    });
  });

  test('about the same by others joins the one that is open, also before it is in the log', async () => {
    const world = await createCaseWorld();
    world.fail('unreachable', 'unreachable');
    const desk = { operator: 'clerk' };
    const first = world.desk.file(OTHERS, desk, 'k1');
    const second = world.desk.file({ ...OTHERS, statement: 'I saw it too.' }, { operator: 'other' }, 'k2');
    await settle();
    await world.clock.advance(4_000);
    const [a, b] = await Promise.all([first, second]);
    expect(a.case).toBe(b.case);
    await world.tick();
    await world.desk.file({ ...OTHERS, statement: 'And I.' }, { operator: 'third' }, 'k3');
    await world.tick();
    expect(world.log.state.docket.open.size).toBe(1);
    for (const { promisedBy } of [a, b]) expect(promisedBy).toBeGreaterThanOrEqual(world.desk.find(a.case).dueAt);
    expect(world.desk.find(a.case).joined).toBeGreaterThanOrEqual(1);
    expect(await world.desk.files(a.case)).toHaveLength(3);
  });

  test.each([
    ['for another audience', { audience: 'https://elsewhere.example' }],
    ['with a nonce of nobody', { nonce: 'made-up' }],
    ['with a nonce that somebody altered', { nonce: `${'9'.repeat(18)}.AAAA.AAAA` }],
  ])('is refused for a presentation %s', async (_, changes) => {
    const world = await createCaseWorld();
    const refused = world.desk.file(OWN, await presented(world, 7, changes), 'k');
    await expect(refused).rejects.toMatchObject({ code: 'case.presentation' });
    expect(world.asked()).toBe(0);
  });

  test('is refused once its challenge is old, and about what is not theirs', async () => {
    const world = await createCaseWorld();
    const old = await presented(world);
    await world.clock.advance(HOUR_MS);
    await expect(world.desk.file(OWN, old, 'k')).rejects.toMatchObject({ code: 'case.presentation' });
    const theirs = { ...OTHERS, subject: { list: LIST_URI, index: 8 } };
    await expect(world.desk.file(theirs, await presented(world), 'k')).rejects.toMatchObject({ code: 'case.subject' });
  });

  test('is bounded for one person, with the time of the next', async () => {
    const world = await createCaseWorld({ maxFilingsPerDay: 1 });
    await world.desk.file(OWN, await presented(world), 'k1');
    const again = world.desk.file(OWN, await presented(world, 7), 'k2');
    await expect(again).rejects.toMatchObject({ code: 'case.too-many', details: { notBefore: expect.any(Number) } });
    await world.desk.file(OWN, await presented(world, 8, { holder: 'bob' }), 'k3');
  });

  test('for what the rulebook knows no case of is refused before anything is kept', async () => {
    const world = await createCaseWorld();
    const filing = { ...OWN, class: 'key-compromise' };
    await expect(world.desk.file(filing, await presented(world), 'k')).rejects.toMatchObject({ code: 'case.rules' });
    expect(await world.cases.readByKey('k')).toBeUndefined();
  });

  test('kept although the answer of the store was lost is in the log once it is sent again', async () => {
    const world = await createCaseWorld();
    const { create } = world.cases;
    let isLost = true;
    const losing: typeof create = async (...kept) => {
      const answer = await create(...kept);
      if (!isLost) return answer;
      isLost = false;
      throw new CodedError('database.outcome-unknown', 'The connection broke.');
    };
    Object.assign(world.cases, { create: losing });
    const first = world.desk.file(OWN, await presented(world), 'k');
    await expect(first).rejects.toMatchObject({ code: 'database.outcome-unknown' });
    const { case: id } = await world.desk.file(OWN, await presented(world), 'k');
    await world.tick();
    expect(world.desk.find(id).stage).toBe('filed');
  });

  test('acknowledged and then killed is in the log after all', async () => {
    const world = await createCaseWorld({ recordWaitMs: 1 });
    world.fail(...Array.from({ length: 3 }, () => 'unreachable' as const));
    const filed = world.desk.file(OWN, await presented(world), 'k');
    await settle();
    await world.clock.advance(1);
    const { case: id } = await filed;
    await world.desk[Symbol.asyncDispose]();
    expect(world.log.state.docket.cases.size).toBe(0);
    await world.reopen();
    await world.clock.advance(60_000);
    await world.tick();
    expect(world.desk.find(id).stage).toBe('filed');
  });

  test('whose answer was lost is in the log once', async () => {
    const world = await createCaseWorld();
    world.fail('answer-lost');
    const filed = world.desk.file(OWN, await presented(world), 'k');
    await settle();
    await world.clock.advance(4_000);
    await filed;
    await world.tick();
    expect(world.log.entries.filter((entry) => isAct(entry, 'open'))).toHaveLength(1);
  });
});

describe('what officers do', () => {
  async function filed() {
    const world = await createCaseWorld();
    const { case: id, code } = await world.desk.file(OTHERS, { operator: 'clerk' }, 'k');
    await world.tick();
    return { world, id, code };
  }

  test('takes the signature of whoever may, over the digest of that very step', async () => {
    const { world, id } = await filed();
    const step = await world.desk.propose(id, { act: 'triage', admit: true }, 's1');
    expect(step).toMatchObject({ state: 'gathering', needed: 1, may: ['registrar-a', 'registrar-b'] });
    expect(step.digest).toBe(caseActDigest({ genesis: world.log.state.name, case: id, step: 1, act: step.step }));
    const wrong = [
      ['approval.role', world.approval(step.digest ?? '', 'officer-a')],
      ['approval.unknown-officer', world.approval(step.digest ?? '', 'governor')],
      ['approval.other-decision', world.approval('a'.repeat(43), 'registrar-a')],
      ['approval.malformed', 'yes'],
    ] as const;
    for (const [code, approval] of wrong)
      await expect(world.desk.approve(step.id, approval)).rejects.toMatchObject({ code });
    await world.desk.approve(step.id, world.approval(step.digest ?? '', 'registrar-a'));
    await world.tick();
    expect(world.desk.find(id)).toMatchObject({ stage: 'triaged' });
    expect((await world.desk.steps(id)).at(-1)).toMatchObject({ state: 'recorded', approvals: ['registrar-a'] });
  });

  test('for which nobody could sign is not even drafted', async () => {
    const { world, id } = await filed();
    const find = { act: 'find', upheld: true, reasons: 'r' } as const;
    await expect(world.desk.propose(id, find, 's')).rejects.toMatchObject({ code: 'case.officers' });
  });

  test('that the case has left behind cannot be signed any more, and complaints that join undo nothing', async () => {
    const { world, id } = await filed();
    const late = await world.desk.propose(id, { act: 'triage', admit: false }, 's1');
    await world.desk.file({ ...OTHERS, statement: 'me too' }, { operator: 'other' }, 'k2');
    await world.tick();
    const step = await world.desk.propose(id, { act: 'hold', target: CREDENTIAL }, 's2');
    await world.desk.approve(step.id, world.approval(step.digest ?? '', 'officer-a'));
    await world.tick();
    expect(world.value(7)).toBe(2);
    const after = world.desk.approve(late.id, world.approval(late.digest ?? '', 'registrar-a'));
    await expect(after).rejects.toMatchObject({ code: 'case.step-over' });
  });

  test('runs from filing to the end, and whoever filed sees it by their code', async () => {
    const { world, id, code } = await filed();
    await world.officers(id, { act: 'triage', admit: true }, ['registrar-a']);
    await world.officers(id, { act: 'advance' }, ['registrar-b']);
    expect(world.desk.find(id).stage).toBe('answer');
    await answer(world, id);
    const [reviewer = ''] = world.log.state.docket.cases.get(id)?.asked ?? [];
    const found = await world.officers(id, { act: 'find', upheld: true, target: CREDENTIAL, reasons: 'moved out' }, [
      reviewer,
    ]);
    expect(found.state).toBe('recorded');
    expect(world.desk.find(id)).toMatchObject({ stage: 'decided', held: true, finding: { upheld: true } });
    await world.desk.respond(id, { act: 'appeal', statement: 'no' }, { code }, 'a1');
    await world.tick();
    expect((await world.desk.own(code)).view).toMatchObject({ stage: 'appeal', owner: 'panel' });
    expect((await world.desk.own(code)).filed[0]?.opened?.statement).toBe('I still live here.');
  });

  async function answer(world: CaseWorld, id: string): Promise<void> {
    const salt = encodeBase64url(new Uint8Array(16).fill(3));
    const statement = 'It was right.';
    const act: CaseAct = { act: 'answer', evidence: saltedRoot([{ salt, kind: 'evidence', value: { statement } }]) };
    const step = world.log.state.docket.cases.get(id)?.acts ?? 0;
    const digest = caseActDigest({ genesis: world.log.state.name, case: id, step, act });
    const signed = world.approval(digest, 'civic statement');
    const forged = await world.desk.respond(
      id,
      { act: 'answer', statement, salt },
      { signed: world.approval(digest, 'officer-a') },
      'r0',
    );
    await world.tick();
    expect((await world.desk.steps(id)).find((each) => each.id === forged.id)).toMatchObject({
      state: 'refused',
      why: 'case-signature',
    });
    await world.desk.respond(id, { act: 'answer', statement, salt }, { signed }, 'r1');
    await world.tick();
    expect(world.desk.find(id).stage).toBe('review');
  }
});

describe('those concerned', () => {
  test('answer by presenting the credential that it is about, and nobody else does', async () => {
    const world = await createCaseWorld();
    const { case: id, code } = await world.desk.file({ ...OTHERS, respondent: 'holder' }, { operator: 'clerk' }, 'k');
    await world.tick();
    await world.officers(id, { act: 'triage', admit: true }, ['registrar-a']);
    await world.officers(id, { act: 'advance' }, ['registrar-b']);
    const strange = world.desk.respond(id, { act: 'answer', statement: 'x' }, await presented(world, 8), 'r1');
    await expect(strange).rejects.toMatchObject({ code: 'case.respondent' });
    const filer = world.desk.respond(id, { act: 'answer', statement: 'x' }, { code }, 'r2');
    await expect(filer).rejects.toMatchObject({ code: 'case.respondent' });
    await world.desk.respond(id, { act: 'extend' }, await presented(world), 'r3');
    await world.desk.respond(id, { act: 'answer', statement: 'I do live here.' }, await presented(world), 'r4');
    await world.tick();
    expect(world.desk.find(id).stage).toBe('review');
  });

  test('are not spoken for by a signature that nobody looks at', async () => {
    const world = await createCaseWorld();
    const { case: id } = await world.desk.file({ ...OTHERS, respondent: 'holder' }, { operator: 'clerk' }, 'k');
    await world.tick();
    for (const act of ['withdraw', 'appeal', 'extend', 'answer'] as const) {
      const strange = world.desk.respond(id, { act, statement: 'x' }, { signed: 'nobody' }, act);
      await expect(strange).rejects.toMatchObject({ code: 'case.respondent' });
    }
    const desk = world.desk.respond(id, { act: 'withdraw' }, { operator: 'clerk' }, 'desk');
    await expect(desk).rejects.toMatchObject({ code: 'case.respondent' });
    expect(world.desk.find(id).stage).toBe('filed');
  });

  test('see what silence means and when it ends at the latest', async () => {
    const world = await createCaseWorld();
    const { case: id } = await world.desk.file(OTHERS, { operator: 'clerk' }, 'k');
    await world.tick();
    const { latestEnd, openedAt } = world.desk.find(id);
    expect(world.desk.find(id).onSilence).toBe('passed-on');
    expect(latestEnd - openedAt).toBeLessThanOrEqual(70 * DAY_MS);
    await world.tick(2 * DAY_MS);
    expect(world.desk.incidents().length + world.desk.find(id).incidents.length).toBeGreaterThanOrEqual(0);
  });

  test('are erased: the row and the log stay, the words do not', async () => {
    const world = await createCaseWorld();
    const { case: id, code } = await world.desk.file(OWN, await presented(world), 'k');
    await world.tick();
    expect(await world.desk.erase({ case: id })).toBe(1);
    expect(await world.desk.erase({ case: id })).toBe(0);
    expect((await world.desk.own(code)).filed).toEqual([{ step: expect.any(String), filedAt: expect.any(Number) }]);
    expect(world.desk.find(id).stage).toBe('filed');
    await expect(world.desk.own('nothing')).rejects.toMatchObject({ code: 'case.code' });
  });
});

function bodyOf(entry: string): { readonly type: string; readonly step?: { readonly act: string } } {
  return JSON.parse(Buffer.from(entry.split('.')[1] ?? '', 'base64url').toString());
}

function isAct(entry: string, act: string): boolean {
  const body = bodyOf(entry);
  return body.type === 'case' && body.step?.act === act;
}

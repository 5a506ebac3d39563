import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256Base64url } from '../encoding/bytes.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import type { ProgramRecord } from '../fold/state.ts';
import { type AllocationInput, allocate, entitlementOf } from './allocation.ts';
import { type Acknowledgement, type Application, applicationDigest } from './application.ts';
import { commitmentOf, seedOf } from './beacon.ts';
import { type CheckedResult, checkResult, type ResultQuestion } from './check-result.ts';
import { candidateOf, judgeDraw } from './judge-draw.ts';
import {
  type AdmittedLeaf,
  encodeIntakeLeaf,
  encodeSealLeaf,
  type LeafProof,
  leafListOf,
  proveInList,
  type RefusedLeaf,
  sortLeafHashes,
} from './leaves.ts';
import { parseProgram } from './parse-program.ts';
import { type Program, programDigest } from './program.ts';
import { wantOf } from './qualifying.ts';

const examples = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/program/valid/programs.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; program: unknown }[] };
const example = (name: string) => parseProgram(examples.vectors.find((one) => one.name === name)?.program);

const SECRET = 's'.repeat(43);
const lottery: Program = {
  ...example('summer-camp'),
  budget: '120000',
  beacon: {
    kind: 'commit-reveal',
    parties: [{ id: 'city', commitments: [commitmentOf(SECRET)] }],
    revealWithinMs: 60_000,
    exhausted: 'cancel',
  },
};
const weighed = example('heating');
const PROGRAMS = {
  equal: { ...example('winter-relief'), budget: '100000' },
  weighed,
  lottery,
  instant: example('first-aid'),
};

const saltOf = (i: number) => encodeBase64url(parseBase64url(sha256Base64url(`salt ${i}`)).subarray(0, 16));

type World = ReturnType<typeof createWorld>;

/** Eight people apply; the last two are refused. The distributor is honest, unless told otherwise. */
function createWorld(program: Program) {
  const digest = programDigest(program);
  const issuers = program.uniqueness.issuers;
  const people = Array.from({ length: 8 }, (_, i) => {
    const application: Application = {
      v: 1,
      program: digest,
      destination: { kind: 'internal', account: `person-${i}` },
      salt: saltOf(i),
      ...(i % 2 === 0 ? { want: `${(i + 1) * 4000}` } : {}),
    };
    const presented = sha256Base64url(`presentation ${i}`);
    const content: Acknowledgement = {
      iss: program.organiser,
      iat: 1,
      program: digest,
      application: applicationDigest(application, presented),
      salt: saltOf(100 + i),
      intakeBy: 1000,
    };
    const isWeighed = program.allocation.mode === 'sealed' && program.allocation.rule === 'pro-rata';
    const own = { issuer: issuers[i % issuers.length] ?? '', ...(isWeighed ? { weight: `${i + 1}` } : {}) };
    return { application, presented, content, own };
  });
  const admitted = people.slice(0, 6).map((person, i): AdmittedLeaf => {
    const { application, salt } = person.content;
    return { application, salt, ...person.own, ...wantOf(program, person.application), held: i === 5 };
  });
  const refused = people.slice(6).map(({ content: { application, salt } }): RefusedLeaf => {
    return { application, salt, code: 'application.not_eligible' };
  });
  return { program, digest, people, admitted, refused };
}

function recordOf({ program, digest, people, admitted, refused }: World): ProgramRecord {
  const listOf = (leaves: readonly Uint8Array[]) => leafListOf(sortLeafHashes(leaves));
  const seal = { admitted: listOf(admitted.map(encodeSealLeaf)), refused: listOf(refused.map(encodeSealLeaf)) };
  const intake = listOf(people.map(({ content }) => encodeIntakeLeaf(content)));
  const position = { log: 'log', size: 9, root: 'r'.repeat(43), time: 5000 };
  const record = { program, digest, entry: 1, intake: { ...intake, entry: 2 }, judgedAt: position };
  const sealed = { ...record, seal: { ...seal, entry: 3, position: 9 }, sealedAt: position };
  const { allocation } = program;
  if (allocation.mode === 'instant') return sealed;
  const evidence = { kind: 'commit-reveal' as const, round: 0, secrets: [SECRET] };
  const seed = seedOf({ program: digest, root: seal.admitted.root }, evidence);
  const input: AllocationInput = {
    candidates: admitted.map(candidateOf),
    terms: allocation,
    budget: BigInt(program.budget),
    issuerCaps: program.issuerCaps,
    ...(allocation.rule === 'lottery' ? { seed } : {}),
  };
  const { result, total } = allocate(input);
  const draw = {
    ...{ entry: 4, seal: seal.admitted.root, result: JSON.parse(JSON.stringify(result)) },
    ...(allocation.rule === 'lottery' ? { beacon: evidence } : {}),
    allocated: { root: 'r'.repeat(43), count: 1, total: total.toString() },
  };
  return { ...sealed, draw };
}

const hashesOf = (leaves: readonly Uint8Array[]) => sortLeafHashes(leaves);
const closed = (leaves: readonly Uint8Array[]) => ({ leaves: hashesOf(leaves).map(encodeBase64url) });

/** What one person would check, with proofs that were opened for them. */
function questionOf(world: World, i: number, record = recordOf(world)): ResultQuestion {
  const person = world.people[i];
  if (person === undefined) throw new Error('there are eight');
  const { application, presented, content, own } = person;
  const intake = proveInList(
    encodeIntakeLeaf(content),
    hashesOf(world.people.map((one) => encodeIntakeLeaf(one.content))),
  );
  const common = { record, time: 10, application, presented, own, intake };
  const acknowledgement = { content, isSigned: true };
  const admitted = world.admitted.find((leaf) => leaf.application === content.application);
  const refused = world.refused.find((leaf) => leaf.application === content.application);
  const proof = (leaf: AdmittedLeaf | RefusedLeaf, all: readonly (AdmittedLeaf | RefusedLeaf)[]) =>
    proveInList(encodeSealLeaf(leaf), hashesOf(all.map(encodeSealLeaf))) as LeafProof;
  const seal =
    admitted !== undefined
      ? { list: 'admitted' as const, leaf: admitted, proof: proof(admitted, world.admitted) }
      : refused && { list: 'refused' as const, leaf: refused, proof: proof(refused, world.refused) };
  return { ...common, acknowledgement, ...(seal === undefined ? {} : { seal }) };
}

/** The same from whole lists of closed leaves, which nobody opened for anybody. */
function aloneOf(world: World, i: number, record = recordOf(world)): ResultQuestion {
  return {
    ...questionOf(world, i, record),
    intake: closed(world.people.map(({ content }) => encodeIntakeLeaf(content))),
    seal: { admitted: closed(world.admitted.map(encodeSealLeaf)), refused: closed(world.refused.map(encodeSealLeaf)) },
  };
}

describe.each(Object.entries(PROGRAMS))('in a program that is %s, everybody', (_name, program) => {
  const world = createWorld(program);
  const record = recordOf(world);

  test.each([0, 1, 2, 3, 4, 5])('admitted computes what the draw gave: person %d', (i) => {
    const leaf = world.admitted[i];
    const { allocation } = program;
    const expected =
      leaf === undefined || allocation.mode === 'instant'
        ? 10_000n
        : entitlementOf(candidateOf(leaf), allocation, record.draw?.result as never);
    const answer = { outcome: 'entitled', amount: expected, held: i === 5 };
    expect(checkResult(questionOf(world, i, record))).toEqual(answer);
    expect(checkResult(aloneOf(world, i, record))).toEqual(answer);
  });

  test.each([6, 7])('refused learns why: person %d', (i) => {
    const answer = { outcome: 'refused', code: 'application.not_eligible' };
    expect(checkResult(questionOf(world, i, record))).toEqual(answer);
    expect(checkResult(aloneOf(world, i, record))).toEqual(answer);
  });
});

describe('an applicant', () => {
  const world = createWorld(PROGRAMS.equal);
  const record = recordOf(world);
  const released = { program: record.program, digest: record.digest, entry: record.entry };
  const question = questionOf(world, 0, record);
  const { acknowledgement, ...unacknowledged } = question;
  const { seal: _seal, ...unsealed } = question;
  const { intake: _intake, ...unproved } = question;
  const content = world.people[0]?.content;
  if (content === undefined || acknowledgement === undefined) throw new Error('there are eight');

  test.each<[string, ResultQuestion, CheckedResult]>([
    ['waits for the intake', { ...question, record: released }, { outcome: 'waiting', step: 'intake' }],
    ['sees that it is overdue', { ...question, record: released, time: 1001 }, { outcome: 'overdue', by: 1000 }],
    [
      'waits for the seal',
      { ...question, record: { ...released, intake: record.intake } as ProgramRecord },
      { outcome: 'waiting', step: 'seal' },
    ],
    [
      'waits for the draw',
      { ...question, record: { ...record, draw: undefined } as unknown as ProgramRecord },
      { outcome: 'waiting', step: 'draw' },
    ],
    ['is told to look for the acknowledgement', unacknowledged, { outcome: 'incomplete', missing: 'acknowledgement' }],
    ['is told to get the intake', unproved, { outcome: 'incomplete', missing: 'intake-proof' }],
    ['is told to get the lists', unsealed, { outcome: 'incomplete', missing: 'seal-proof' }],
    [
      'is told to say who attested it',
      (({ own: _own, ...rest }) => rest)(aloneOf(world, 0, record)),
      { outcome: 'incomplete', missing: 'own-facts' },
    ],
    [
      'has the files of another program',
      { ...question, application: { ...question.application, program: 'x'.repeat(43) } },
      { outcome: 'contradicted', by: 'program' },
    ],
    [
      'has the files of another application',
      { ...question, presented: 'x'.repeat(43) },
      { outcome: 'contradicted', by: 'acknowledgement' },
    ],
    [
      'has an acknowledgement of somebody else',
      { ...question, acknowledgement: { content: { ...content, iss: 'mallory' }, isSigned: true } },
      { outcome: 'contradicted', by: 'acknowledgement' },
    ],
    [
      'has an acknowledgement that nobody signed',
      { ...question, acknowledgement: { content, isSigned: false } },
      { outcome: 'contradicted', by: 'signature' },
    ],
    [
      'has one by a key that was stolen, and stands in the intake',
      { ...question, acknowledgement: { content, isSigned: true, isStolen: true } },
      checkResult(question),
    ],
    [
      'has one by a key that was stolen, and the log has nothing of it: anybody who has that key could write it',
      {
        ...question,
        record: (({ intake: _intake, seal: _seal, ...rest }) => rest)(record),
        time: content.intakeBy + 1,
        acknowledgement: { content, isSigned: true, isStolen: true },
      },
      { outcome: 'contradicted', by: 'stolen-key' },
    ],
  ])('%s', (_name, asked, expected) => {
    expect(checkResult(asked)).toEqual(expected);
  });
});

describe('a distributor who', () => {
  const honest = createWorld(PROGRAMS.equal);
  const at = (world: World, i: number, changes: Partial<ResultQuestion> = {}) => ({
    ...questionOf(world, i),
    ...changes,
  });

  test('drops an acknowledged application is caught, by the neighbours of its place or by the whole list', () => {
    const others = honest.people.slice(1);
    const record = recordOf({ ...honest, people: others });
    const leaf = encodeIntakeLeaf(honest.people[0]?.content ?? { application: '', salt: '' });
    const hashes = others.map(({ content }) => encodeIntakeLeaf(content));
    for (const intake of [proveInList(leaf, hashesOf(hashes)), closed(hashes)]) {
      expect(checkResult(at(honest, 0, { record, intake }))).toEqual({ outcome: 'dropped' });
    }
    expect(checkResult(at(honest, 0, { record }))).toEqual({ outcome: 'contradicted', by: 'intake-proof' });
    const shorter = { leaves: closed(hashes).leaves.slice(1) };
    expect(checkResult(at(honest, 0, { record, intake: shorter }))).toMatchObject({ by: 'intake-proof' });
  });

  test('proves somebody absent who is there is not believed', () => {
    const hashes = hashesOf(honest.people.map(({ content }) => encodeIntakeLeaf(content)));
    const beside = (index: number) => ({
      hash: encodeBase64url(hashes[index] ?? new Uint8Array(0)),
      ...(proveInList(
        encodeIntakeLeaf(honest.people[0]?.content ?? { application: '', salt: '' }),
        hashes,
      ) as LeafProof),
    });
    const answer = checkResult(at(honest, 0, { intake: { before: beside(0), after: beside(1) } }));
    expect(answer).toEqual({ outcome: 'contradicted', by: 'intake-proof' });
  });

  test('leaves somebody out of both lists is caught by the lists', () => {
    const world = { ...honest, admitted: honest.admitted.slice(1) };
    expect(checkResult(aloneOf(world, 0))).toEqual({ outcome: 'contradicted', by: 'omitted' });
  });

  test('seals other facts than the applicant has is caught', () => {
    const [own, ...others] = honest.admitted;
    if (own === undefined) throw new Error('there are six');
    for (const changed of [{ want: '1' }, { issuer: 'mallory' }, { salt: saltOf(999) }]) {
      const world = { ...honest, admitted: [{ ...own, ...changed }, ...others] };
      expect(checkResult(at(world, 0))).toEqual({ outcome: 'contradicted', by: 'facts' });
      expect(checkResult(aloneOf(world, 0))).toEqual({ outcome: 'contradicted', by: 'omitted' });
    }
    const stranger = at(honest, 0, { seal: questionOf(honest, 1).seal } as Partial<ResultQuestion>);
    expect(checkResult(stranger)).toEqual({ outcome: 'contradicted', by: 'facts' });
  });

  test('opens a leaf that is not in the sealed list, or shows other lists, is not believed', () => {
    const opened = at(honest, 0, { record: recordOf({ ...honest, admitted: honest.admitted.slice(1) }) });
    expect(checkResult(opened)).toEqual({ outcome: 'contradicted', by: 'seal-proof' });
    const shown = aloneOf(honest, 0, recordOf({ ...honest, admitted: honest.admitted.slice(1) }));
    expect(checkResult(shown)).toEqual({ outcome: 'contradicted', by: 'seal-list' });
  });

  test('draws from another seal, by another rule or by no rule is caught', () => {
    const record = recordOf(honest);
    const { draw } = record;
    if (draw === undefined) throw new Error('it was drawn');
    const drawn = (changes: object) =>
      checkResult(at(honest, 0, { record: { ...record, draw: { ...draw, ...changes } } as ProgramRecord }));
    expect(drawn({ seal: 'x'.repeat(43) })).toEqual({ outcome: 'contradicted', by: 'draw-seal' });
    expect(drawn({ result: { level: 100 } })).toEqual({ outcome: 'contradicted', by: 'draw-result' });
    const other = { rule: 'pro-rata', groups: [{ count: 1, distributable: '1', totalWeight: '1' }] };
    expect(drawn({ result: other })).toEqual({ outcome: 'contradicted', by: 'draw-result' });
  });

  test('draws lots by a seed of their own is caught', () => {
    const world = createWorld(PROGRAMS.lottery);
    const record = recordOf(world);
    const { draw } = record;
    if (draw === undefined) throw new Error('it was drawn');
    const drawn = (changes: object) =>
      checkResult(at(world, 0, { record: { ...record, draw: { ...draw, ...changes } } as ProgramRecord }));
    const seeded = { ...(draw.result as object), seed: sha256Base64url('mine') };
    const forged = { kind: 'commit-reveal', round: 0, secrets: ['x'.repeat(43)] };
    for (const changes of [{ result: seeded }, { beacon: forged }, { beacon: undefined }]) {
      expect(drawn(changes)).toEqual({ outcome: 'contradicted', by: 'beacon' });
    }
  });
});

describe('an auditor', () => {
  test.each(['equal', 'weighed', 'lottery'] as const)('draws a program that is %s again, and gets the same', (name) => {
    const world = createWorld(PROGRAMS[name]);
    const record = recordOf(world);
    const judged = judgeDraw(record, world.admitted.toReversed());
    expect(judged.ok).toBe(true);
    const total = judged.ok ? judged.entitlements.reduce((sum, one) => sum + one, 0n) : 0n;
    expect(total.toString()).toBe(record.draw?.allocated.total);
  });

  test('finds what was drawn otherwise', () => {
    const world = createWorld(PROGRAMS.lottery);
    const record = recordOf(world);
    const { draw } = record;
    if (draw === undefined) throw new Error('it was drawn');
    const judge = (changes: object, leaves = world.admitted) =>
      judgeDraw({ ...record, draw: { ...draw, ...changes } } as ProgramRecord, leaves);
    const groups = [{ count: 1, cutOff: sha256Base64url('mine') }];
    expect(judge({}, world.admitted.slice(1))).toEqual({ ok: false, why: 'leaves' });
    expect(judge({ beacon: undefined })).toEqual({ ok: false, why: 'beacon' });
    expect(judge({ result: { ...(draw.result as object), groups } })).toEqual({ ok: false, why: 'result' });
    expect(judge({ allocated: { ...draw.allocated, total: '1' } })).toEqual({ ok: false, why: 'total' });
    expect(judgeDraw({ ...record, draw: undefined } as unknown as ProgramRecord, [])).toMatchObject({ why: 'undrawn' });
  });
});

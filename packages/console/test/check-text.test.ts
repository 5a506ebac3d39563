import {
  acknowledgementSigningParts,
  encodeBase64url,
  encodeIntakeLeaf,
  encodeJws,
  encodeSealLeaf,
  encodeSigningInput,
  leafListOf,
  type ProgramRecord,
  proveInList,
  sha256,
  sortLeafHashes,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { describe, expect, test } from 'vitest';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { checkText } from '../src/checker/check-text.ts';
import type { ReadNetwork } from '../src/checker/network.ts';

const NOW = 1_800_000_000_000;
const ORGANISER = 'https://network.example/programs';
const signatures = createRealSignatures();
const digest = (text: string) => encodeBase64url(sha256(new TextEncoder().encode(text)));
const saltOf = (text: string) => encodeBase64url(sha256(new TextEncoder().encode(text)).slice(0, 16));
const PROGRAM = digest('program');

/** Somebody else's leaves around it, so that a proof has something to prove. */
const others = Array.from({ length: 5 }, (_, i) => ({
  application: digest(`other ${i}`),
  salt: saltOf(`${i}`),
}));

function acknowledge(name: string, key = signatures.key('organiser')) {
  const content = {
    ...{ iss: ORGANISER, iat: NOW / 1000, program: PROGRAM, application: digest(name) },
    ...{ salt: saltOf(name), intakeBy: NOW + 1000, place: 3 },
  };
  const input = encodeSigningInput(...acknowledgementSigningParts(content, 'ES256', signatures.key('organiser').kid));
  return { content, text: encodeJws(input, key.sign(input)) };
}

function readNetwork(record?: Pick<ProgramRecord, 'intake' | 'seal'>): ReadNetwork {
  const keys = [{ use: 'statement', key: signatures.key('organiser').jwk }];
  const party = { kind: 'distributor', id: ORGANISER, name: 'Relief office', keys, accreditations: [] };
  const view = { name: 'network', parties: new Map([[ORGANISER, party]]), position: { size: 9, time: NOW, root: 'r' } };
  return {
    view: view as unknown as ReadNetwork['view'],
    engine: createNodeEngine(),
    verifier: { verify: () => Promise.reject(new Error('no credential is asked about here')) },
    fetchEntry: async () => undefined,
    findProgram: (asked) => (asked === PROGRAM ? (record as ProgramRecord | undefined) : undefined),
    rootAt: () => undefined,
  };
}

const codeOf = async (value: object, network: ReadNetwork) =>
  (await checkText(JSON.stringify(value), network)).title.code;

describe('a proof that a request is in the lists of the log', () => {
  const { content, text } = acknowledge('mine');
  const member = { application: content.application, acknowledgement: text };
  const intakeLeaves = sortLeafHashes([content, ...others].map(encodeIntakeLeaf));
  const intake = leafListOf(intakeLeaves);
  const inIntake = proveInList(encodeIntakeLeaf(content), intakeLeaves);
  const refused = { application: content.application, salt: content.salt, code: 'application.not_eligible' as const };
  const sealLeaves = sortLeafHashes(
    [refused, ...others.map((each) => ({ ...each, code: refused.code }))].map(encodeSealLeaf),
  );
  const lists = { admitted: leafListOf([]), refused: leafListOf(sealLeaves) };
  const seal = { list: 'refused', leaf: refused, proof: proveInList(encodeSealLeaf(refused), sealLeaves) };
  const network = readNetwork({ intake, seal: lists } as never);

  test('holds for the list that the log commits to, and says which', async () => {
    expect(await codeOf({ ...member, intake: inIntake }, network)).toBe('check.member.intake');
    expect(await codeOf({ ...member, intake: inIntake, seal }, network)).toBe('check.member.refused');
  });

  test('proves nothing with another leaf, list, signature or program', async () => {
    const other = acknowledge('other');
    const borrowed = { application: other.content.application, acknowledgement: other.text };
    expect(await codeOf({ ...borrowed, intake: inIntake }, network)).toBe('check.not_proved');
    expect(await codeOf({ ...borrowed, seal }, network)).toBe('check.not_proved');
    expect(await codeOf({ ...member, seal: { ...seal, list: 'admitted' } }, network)).toBe('check.unreadable');
    const forged = acknowledge('mine', signatures.key('somebody'));
    expect(await codeOf({ ...member, acknowledgement: forged.text, intake: inIntake }, network)).toBe('check.unsigned');
    expect(await codeOf({ ...member, intake: inIntake }, readNetwork())).toBe('check.member.program');
    expect(await codeOf({ ...member, intake: inIntake }, readNetwork({}))).toBe('check.member.early');
  });

  test('says what was promised, beside what is proved', async () => {
    const { lines } = await checkText(JSON.stringify({ ...member, intake: inIntake }), network);
    expect(lines).toContainEqual(['check.line.place', '3']);
    expect(lines).toContainEqual(['check.line.by', { date: NOW + 1000 }]);
  });
});

test('whatever is put in is answered, and never thrown', async () => {
  const nothing = readNetwork({});
  const given = [
    '{',
    '{"acceptance":"x","transfer":1}',
    '{"receipt":{}}',
    'a\n\n\u2014 b c',
    'c2sp.org/tlog-proof@v1\n',
  ];
  for (const text of given) expect((await checkText(text, nothing)).mood).not.toBe('good');
});

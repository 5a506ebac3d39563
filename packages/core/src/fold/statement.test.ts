import { describe, expect, test } from 'vitest';
import { buildLog, LIST_URI, signCompact } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { createEpoch } from './fold.ts';
import { MAX_STATEMENT_BYTES, parseStatement, SECTIONS, STATEMENT_TYP } from './statement.ts';

const { key } = createIdealSignatures();
const HEADER = { alg: 'ES256', kid: key('governor').kid, typ: STATEMENT_TYP };
const DIGEST = 'a'.repeat(43);
const STATUS = { type: 'status', v: 1, decisions: [DIGEST], changes: [{ list: LIST_URI, index: 1, value: 1 }] };
const sign = (payload: object, header: object = HEADER) => signCompact(header, payload, key('governor'));
const whyNot = (entry: string) => {
  const parse = parseStatement(entry);
  return parse.ok ? undefined : parse.why;
};

describe('an entry', () => {
  test('is a statement of a known type and version', () => {
    expect(parseStatement(sign(STATUS))).toMatchObject({ ok: true, statement: { kid: HEADER.kid, body: STATUS } });
  });

  test('members beside those we know are dropped from what it means, not from its bytes', () => {
    const entry = sign({ ...STATUS, more: 1 });
    const parse = parseStatement(entry);
    expect(parse).toMatchObject({ ok: true, statement: { body: STATUS } });
    expect(parse.ok && 'more' in parse.statement.body).toBe(false);
    expect(parse.ok && parse.statement.bytes.length).toBe(entry.length);
  });

  test('another version of a known type is unknown, never read as the version we know', () => {
    const body = { type: 'unknown', named: 'status', critical: ['x'] };
    expect(parseStatement(sign({ ...STATUS, v: 2, critical: ['x'] }))).toMatchObject({ ok: true, statement: { body } });
  });

  test.each([
    ['another typ', sign(STATUS, { ...HEADER, typ: 'approval+jwt' }), 'statement.header'],
    ['no typ', sign(STATUS, { alg: 'ES256', kid: HEADER.kid }), 'statement.header'],
    ['no kid', sign(STATUS, { alg: 'ES256', typ: STATEMENT_TYP }), 'statement.header'],
    ['critical header members', sign(STATUS, { ...HEADER, crit: ['x'], x: 1 }), 'jws.critical'],
    ['two dots missing', 'no statement', 'jws.malformed'],
    [
      'a payload nested too deep',
      sign({ ...STATUS, deep: JSON.parse('['.repeat(13) + ']'.repeat(13)) }),
      'json.too-deep',
    ],
    ['no version', sign({ type: 'weather' }), 'statement.malformed'],
    ['a text as version', sign({ type: 'weather', v: '1' }), 'statement.malformed'],
    ['no type', sign({ v: 1 }), 'statement.malformed'],
    ['no decision', sign({ ...STATUS, decisions: [] }), 'statement.malformed'],
    ['too many decisions', sign({ ...STATUS, decisions: Array(33).fill(DIGEST) }), 'statement.malformed'],
    [
      'a value we do not know',
      sign({ ...STATUS, changes: [{ list: LIST_URI, index: 1, value: 3 }] }),
      'statement.malformed',
    ],
    ['a broken index', sign({ ...STATUS, changes: [{ list: LIST_URI, index: 1.5, value: 1 }] }), 'statement.malformed'],
    [
      'an index below zero',
      sign({ ...STATUS, changes: [{ list: LIST_URI, index: -1, value: 1 }] }),
      'statement.malformed',
    ],
  ])('with %s is refused by its code', (_, entry, why) => {
    expect(whyNot(entry)).toBe(why);
  });

  test('may be as long as the bound and no longer', () => {
    const empty = sign({ type: 'weather', v: 1, filler: '' }).length;
    const filler = (length: number) => sign({ type: 'weather', v: 1, filler: 'x'.repeat(length) });
    const most = Math.floor(((MAX_STATEMENT_BYTES - empty) * 3) / 4) - 2;
    expect(whyNot(filler(most))).toBeUndefined();
    expect(whyNot(filler(most + 8))).toBe('statement.too-long');
  });

  test('counts bytes, not characters', () => {
    expect(whyNot('\u00e9'.repeat(MAX_STATEMENT_BYTES / 2 + 1))).toBe('statement.too-long');
  });
});

describe('an epoch', () => {
  test('commits to every section there is, in one fixed set', () => {
    const epoch = createEpoch(buildLog().state, 1_800_000_000_000);
    expect(Object.keys(epoch.sections).sort()).toEqual([...SECTIONS]);
    const { lists: _, ...fewer } = epoch.sections;
    expect(whyNot(sign({ ...epoch, sections: fewer }))).toBe('statement.malformed');
  });
});

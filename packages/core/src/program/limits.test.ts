import { describe, expect, test } from 'vitest';
import { buildLog } from '../../test/log-builder.ts';
import { buildProgram, draw, programAfter, testLottery, testProgram } from '../../test/test-program.ts';
import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import { MAX_STATEMENT_BYTES, parseStatement } from '../fold/statement.ts';
import { allocate, allocationResultSchema, type Candidate } from './allocation.ts';
import { MAX_PROGRAM_BYTES, type Program, programSchema } from './program.ts';

const MOST = '9'.repeat(38);

/** The program with as long names of issuers as fit, of such characters. */
function withLongIssuers(program: Program, letter: string): Program {
  const named = (length: number): Program => {
    const issuers = Array.from({ length: 32 }, (_, i) => `${i}${letter.repeat(length)}`);
    const uniqueness = { ...program.uniqueness, issuers };
    return { ...program, uniqueness, issuerCaps: issuers.map((issuer) => ({ issuer, maxAmount: '1' })) };
  };
  let length = 1;
  while (programSchema.safeParse(named(length + 1)).success) length += 1;
  return named(length);
}

function padded(program: Program): Program {
  const missing = MAX_PROGRAM_BYTES - encodeUtf8(canonicalJson(program)).length;
  const rule = `${' '.repeat(missing)}${program.eligibility}`;
  return { ...program, eligibility: rule };
}

function drawOf(program: Program, candidates: readonly Candidate[], secrets: readonly string[]) {
  const { allocation: terms, issuerCaps } = program;
  if (terms.mode === 'instant') return expect.fail('it is drawn');
  const budget = BigInt(program.budget);
  const seed = terms.rule === 'lottery' ? { seed: sha256Base64url('seed') } : {};
  const { result } = allocate({ candidates, terms, budget, issuerCaps, ...seed });
  expect(allocationResultSchema.safeParse(result).success).toBe(true);
  const beacon =
    secrets.length === 0 ? {} : { beacon: { kind: 'commit-reveal' as const, round: 7, secrets: [...secrets] } };
  const allocated = { root: 'r'.repeat(43), count: 10_000_000, total: MOST };
  return draw(buildLog(), { result: JSON.parse(JSON.stringify(result)), allocated, ...beacon });
}

function candidatesOf({ issuerCaps }: Program, weight?: bigint): Candidate[] {
  const one = (issuer: string, i: number): Candidate => ({
    key: sha256Base64url(`${issuer} ${i}`),
    issuer,
    ...(weight === undefined ? {} : { weight }),
  });
  return issuerCaps.flatMap(({ issuer }) => [one(issuer, 1), one(issuer, 2)]);
}

describe('the largest draw of any program fits into one entry', () => {
  test.each([['x'], ['"'], ['\u0001'], ['\u20ac'], ['\u{1f600}']])('of a lottery, names in %j', (letter) => {
    const parties = Array.from({ length: 16 }, (_, i) => ({ id: `p${i}`, commitments: [sha256Base64url(`${i}`)] }));
    const lottery = testLottery(buildLog());
    const allocation = { mode: 'sealed', rule: 'lottery', amount: '1' } as const;
    const beacon = { kind: 'commit-reveal', parties, revealWithinMs: 1000, exhausted: 'cancel' } as const;
    const program = withLongIssuers({ ...lottery, allocation, beacon }, letter);
    const secrets = parties.map(({ id }) => sha256Base64url(id));
    const text = drawOf(program, candidatesOf(program), secrets);
    expect(text.length).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
    expect(parseStatement(text).ok).toBe(true);
  });

  test.each([['x'], ['"'], ['\u20ac']])('of shares by weight, names in %j', (letter) => {
    const allocation = { mode: 'sealed', rule: 'pro-rata', weight: '1' } as const;
    const rich = testProgram(buildLog(), { allocation, budget: MOST, reserveMax: MOST });
    const program = withLongIssuers(rich, letter);
    const text = drawOf(program, candidatesOf(program, (1n << 53n) - 1n), []);
    expect(text.length).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
    expect(parseStatement(text).ok).toBe(true);
  });
});

test('a program as long as may be stands in the log, and one byte more is no program', () => {
  const log = buildLog();
  buildProgram(log, 'accredited');
  const program = padded(withLongIssuers(testProgram(log), 'x'));
  expect(encodeUtf8(canonicalJson(program)).length).toBe(MAX_PROGRAM_BYTES);
  const statement = programAfter(log, program);
  expect(statement.length).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
  expect(log.append(statement)).toMatchObject({ ok: true });
  expect(log.state.programs.get('relief')?.program).toEqual(program);
  expect(programSchema.safeParse({ ...program, eligibility: ` ${program.eligibility}` }).success).toBe(false);
});

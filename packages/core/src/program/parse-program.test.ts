import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isJsonObject, type Json } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import { parseProgram } from './parse-program.ts';
import { MAX_PROGRAM_BYTES, programDigest, programSchema } from './program.ts';
import { compileProgramRules } from './rules.ts';

type Valid = { name: string; digest: string; program: Json };
type Invalid = { name: string; of: string; member: string; value: Json; code: string; path?: string };

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8'));
const valid = (read('spec/vectors/program/valid/programs.json') as { vectors: Valid[] }).vectors;
const invalid = (read('spec/vectors/program/invalid/programs.json') as { vectors: Invalid[] }).vectors;
const [relief] = valid;

function refusal(value: unknown): { code: string; message: string; details: Readonly<Record<string, unknown>> } {
  try {
    parseProgram(value);
  } catch (error) {
    if (isCodedError(error)) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** A copy with one member set, or left out. */
function changed(value: Json | undefined, [step = '', ...rest]: readonly string[], to: Json): Json {
  const copy: Record<string, Json> = { ...(value as Record<string, Json>) };
  if (rest.length > 0) copy[step] = changed(copy[step], rest, to);
  else if (to === null) delete copy[step];
  else copy[step] = to;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

describe.each(valid)('the example $name', ({ name, digest, program }) => {
  test('is a program, known by its digest', () => {
    expect(programDigest(parseProgram(program))).toBe(digest);
    expect(read(`examples/${name}.json`)).toEqual(program);
  });

  test('has rules that can be run', () => {
    const { eligibility, weight } = compileProgramRules(parseProgram(program));
    const facts = { claims: {}, issuer: '', type: '', assurance: 'low', at: 0 };
    expect(eligibility(facts).ok || weight === undefined || !weight(facts).ok).toBe(true);
  });
});

test.each(invalid)('a program that $name is refused, and where is said', ({ of, member, value, code, path }) => {
  const base = valid.find(({ name }) => name === of)?.program;
  const refused = refusal(changed(base, member.split('.'), value));
  expect(refused).toMatchObject({ code, details: { path: path ?? '' } });
  expect(refused.message).toContain(path ?? 'The whole');
});

test('spec/schemas/program.json is what the code reads: write it anew from z.toJSONSchema(programSchema)', () => {
  const schema: unknown = JSON.parse(JSON.stringify(z.toJSONSchema(programSchema)));
  expect(read('spec/schemas/program.json')).toEqual({ ...(schema as object), title: 'Program' });
});

describe('a program that cannot stand in the log', () => {
  const members = isJsonObject(relief?.program) ? relief.program : {};

  test('is refused when it is too long, counted in bytes', () => {
    const long = 'https://issuer.example/'.padEnd(190, '\u00e9');
    const uniqueness = {
      ...(members.uniqueness as object),
      issuers: Array.from({ length: 40 }, (_, i) => `${long}${i}`),
    };
    const program = { ...members, uniqueness, issuerCaps: [] };
    expect(JSON.stringify(program).length).toBeLessThan(MAX_PROGRAM_BYTES);
    expect(refusal(program)).toMatchObject({ code: 'program.malformed' });
  });

  test('is refused when nobody could write its bytes', () => {
    expect(refusal({ ...members, title: '\ud800' })).toMatchObject({ code: 'program.malformed' });
  });

  test.each([null, [], 'a program', 7, undefined])('is refused when it is %j', (value) => {
    expect(refusal(value)).toMatchObject({ code: 'program.malformed' });
  });
});

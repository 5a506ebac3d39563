import { describe, expect, test } from 'vitest';
import { buildLog, civicParty } from '../../test/log-builder.ts';
import { buildProgram, testProgram } from '../../test/test-program.ts';
import { allocate } from './allocation.ts';
import { issuerCapsOf, issuersOnProbation } from './issuer-caps.ts';
import { type Program, programSchema } from './program.ts';

const CIVIC = 'https://civic.example';
const FAR = Number.MAX_SAFE_INTEGER;
const log = buildLog();
const program = (changes: Partial<Program> = {}): Program =>
  testProgram(log, {
    ...{ uniqueness: { ...testProgram(log).uniqueness, issuers: [CIVIC, 'https://other.example'] } },
    issuerClassCaps: [{ class: 'probation', maxAmount: '100' }],
    ...changes,
  });

function parties(probation: { until: number; maxPeople?: number } | undefined) {
  const [first] = civicParty(log.signatures).accreditations;
  const accreditations = first === undefined ? [] : [{ ...first, ...(probation === undefined ? {} : { probation }) }];
  return { time: 10, parties: new Map([[CIVIC, civicParty(log.signatures, { accreditations })]]) };
}

describe('the cap for issuers on probation', () => {
  test('holds for those that are, as long as they are, and for no program without one', () => {
    expect(issuersOnProbation(program(), parties({ until: FAR, maxPeople: 3 }))).toEqual([
      { issuer: CIVIC, maxPeople: 3 },
    ]);
    expect(issuersOnProbation(program(), parties({ until: 10 }))).toEqual([]);
    expect(issuersOnProbation(program(), parties(undefined))).toEqual([]);
    const { issuerClassCaps: _, ...without } = program();
    expect(issuersOnProbation(without, parties({ until: FAR }))).toEqual([]);
  });

  test('is the least of its class’s, its own, and what the people come to for whom it was accredited', () => {
    const caps = (changes: Partial<Program>, maxPeople?: number) =>
      issuerCapsOf({
        program: program(changes),
        onProbation: [{ issuer: CIVIC, ...(maxPeople === undefined ? {} : { maxPeople }) }],
      });
    const own = { issuerCaps: [{ issuer: CIVIC, maxAmount: '40' }] };
    expect(caps({})).toEqual([{ issuer: CIVIC, maxAmount: '100' }]);
    expect(caps(own)).toEqual([{ issuer: CIVIC, maxAmount: '40' }]);
    const instant = { allocation: { mode: 'instant', amount: '7', maxRecipients: 10 } } as const;
    expect(caps({ ...own, ...instant }, 3)).toEqual([{ issuer: CIVIC, maxAmount: '21' }]);
    expect(issuerCapsOf({ program: program(own) })).toEqual(own.issuerCaps);
  });

  test('bounds what the people of such an issuer get, and leaves the rest to others', () => {
    const capped = program({ budget: '1000' });
    const candidates = Array.from({ length: 4 }, (_, i) => ({
      key: `${i}`.repeat(43),
      issuer: i < 2 ? CIVIC : 'https://other.example',
    }));
    const { allocation } = capped;
    if (allocation.mode === 'instant' || allocation.rule !== 'equal-capped') throw new Error('shared equally');
    const input = { candidates, terms: { ...allocation, cap: '400' }, budget: 1000n };
    const issuerCaps = issuerCapsOf({ program: capped, onProbation: [{ issuer: CIVIC }] });
    expect(allocate({ ...input, issuerCaps }).entitlements).toEqual([50n, 50n, 400n, 400n]);
  });

  test('goes by who was on probation at the one position at which everybody is judged', () => {
    const world = buildLog();
    const [first] = civicParty(world.signatures).accreditations;
    const accreditations = first === undefined ? [] : [{ ...first, probation: { until: FAR } }];
    world.accredit(civicParty(world.signatures, { accreditations }));
    const { uniqueness } = testProgram(world);
    buildProgram(world, 'judged', (own) =>
      testProgram(own, {
        uniqueness: { ...uniqueness, issuers: [CIVIC] },
        issuerClassCaps: [{ class: 'probation', maxAmount: '5' }],
      }),
    );
    world.accredit(civicParty(world.signatures));
    world.epoch();
    const [record] = world.state.programs.values();
    expect(record?.onProbation).toEqual([{ issuer: CIVIC }]);
    expect(record && issuerCapsOf(record)).toEqual([{ issuer: CIVIC, maxAmount: '5' }]);
  });

  test('is refused where more issuers could be named than a draw has room for', () => {
    const issuers = Array.from({ length: 33 }, (_, i) => `https://${i}.example`);
    const parsed = programSchema.safeParse(program({ uniqueness: { ...program().uniqueness, issuers } }));
    expect(parsed.success).toBe(false);
  });
});

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FINDING_SEVERITIES, type FindingCode } from './finding.ts';

type Mutant = {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly noticed: FindingCode;
};

/** Every guard taken away; the vectors of what it finds must notice. */
const MUTANTS: readonly Mutant[] = [
  { file: 'check-powers.ts', find: 'quorum > holders', replace: 'holders < 0', noticed: 'power.no-quorum' },
  {
    file: 'check-powers.ts',
    find: 'grant.maxDurationMs === undefined',
    replace: 'grant.quorum < 0',
    noticed: 'suspend.no-expiry',
  },
  { file: 'check-powers.ts', find: 'notice.amendMs === 0', replace: 'notice.amendMs < 0', noticed: 'notice.none' },
  { file: 'check-powers.ts', find: 'both.length === 0', replace: 'both.length >= 0', noticed: 'guardian.amends' },
  {
    file: 'check-rulebook.ts',
    find: 'bytes <= MAX_RULEBOOK_BYTES',
    replace: 'bytes > 0',
    noticed: 'rulebook.too-large',
  },
  { file: 'check-cases.ts', find: 'names).size === 0', replace: 'names).size < 0', noticed: 'case.no-owner' },
  { file: 'check-cases.ts', find: 'panel < appeal.quorum', replace: 'panel < 0', noticed: 'case.nobody-left' },
  {
    file: 'check-cases.ts',
    find: 'reviewers < review.quorum && stewards === 0',
    replace: 'reviewers < 0 && stewards === 0',
    noticed: 'case.nobody-left',
  },
  { file: 'case-officers.ts', find: 'of !== house', replace: 'house !== null', noticed: 'case.nobody-left' },
  {
    file: 'case-officers.ts',
    find: '[...before, ...reviewed]',
    replace: '[...before, ...reviewed.slice(9)]',
    noticed: 'case.nobody-left',
  },
  { file: 'case-officers.ts', find: 'return [...decided,', replace: 'return [', noticed: 'case.nobody-left' },
  { file: 'check-cases.ts', find: 'holdMs <= (grant', replace: 'holdMs !== (grant', noticed: 'case.hold-longer' },
  { file: 'check-cases.ts', find: 'grant.classes.includes(reasonClass)', replace: 'grant', noticed: 'reason.no-grant' },
  { file: 'check-cases.ts', find: 'needed <= kind.deadlineMs', replace: 'needed > 0', noticed: 'reason.deadline' },
  { file: 'check-cases.ts', find: 'byOfficers < quorum', replace: 'byOfficers < 0', noticed: 'power.bypassed' },
  // One steward alone, a panel alone, and what silence takes that nobody has named.
  { file: 'case-graph.ts', find: '...findings(1),', replace: '', noticed: 'power.bypassed' },
  { file: 'case-graph.ts', find: 'point.officers + quorum : quorum', replace: '9 : 9', noticed: 'power.bypassed' },
  {
    file: 'case-graph.ts',
    find: 'return named || kind',
    replace: 'return !named || named || kind',
    noticed: 'power.bypassed',
  },
];

const read = (file: string): { vectors: readonly { errors?: readonly string[] }[] } =>
  JSON.parse(readFileSync(new URL(`../../../../spec/vectors/rulebook/${file}`, import.meta.url), 'utf8'));

test('every guard of the check is noticed when it is taken away', async () => {
  const vectors = [...read('invalid/findings.json').vectors, ...read('valid/findings.json').vectors].map((vector) => ({
    ...vector,
    errors: vector.errors ?? [],
  }));
  const script = fileURLToPath(new URL('../../test/run-rulebook-mutants.ts', import.meta.url));
  const args = ['--conditions=@holdfast/source', script, JSON.stringify({ mutants: MUTANTS, vectors })];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const noticed = JSON.parse(stdout) as boolean[];
  expect(MUTANTS.filter((_, at) => noticed[at] !== true).map(({ find }) => find)).toEqual([]);
  const errors = Object.entries(FINDING_SEVERITIES).flatMap(([code, severity]) => (severity === 'error' ? [code] : []));
  expect(errors.filter((code) => !MUTANTS.some((mutant) => mutant.noticed === code))).toEqual([]);
});

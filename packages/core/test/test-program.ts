import { sha256Base64url } from '../src/encoding/bytes.ts';
import type { Party, StatementOf } from '../src/fold/statement.ts';
import { bindingDigest } from '../src/governance/decision.ts';
import type { Instruction } from '../src/program/instruction.ts';
import type { Program } from '../src/program/program.ts';
import type { LogBuilder } from './log-builder.ts';
import type { TestSignatures } from './test-keys.ts';

export const ORGANISER = 'https://civic.example/distributor';
export const ROOT = 'r'.repeat(43);

/** The secrets of one party for the rounds of a lottery; what the program holds are their digests. */
export const SECRETS = ['s'.repeat(43), 't'.repeat(43)] as const;
export const SOUTH_SECRETS = ['u'.repeat(43), 'v'.repeat(43)] as const;

export function distributorParty(signatures: TestSignatures, changes: Partial<Party> = {}): Party {
  const keys = [{ use: 'statement' as const, key: signatures.key('distributor').jwk }];
  return { id: ORGANISER, kind: 'distributor', name: 'Relief office', keys, accreditations: [], ...changes };
}

/** Sealed and equal-capped; its window closes a day after the log of `buildLog` begins. */
export function testProgram(log: LogBuilder, changes: Partial<Program> = {}): Program {
  return {
    v: 1,
    id: 'relief',
    title: 'Winter relief',
    organiser: ORGANISER,
    asset: { code: 'EUR', decimals: 2 },
    budget: '1000',
    window: { opensAt: log.state.time, closesAt: log.state.time + 86_400_000 },
    maxApplications: 100,
    intakeWithinMs: 60_000,
    query: {
      credentials: [
        {
          id: 'r',
          format: 'dc+sd-jwt',
          meta: { vct_values: ['residence'] },
          claims: [{ path: ['resident_id'] }],
        },
      ],
    },
    eligibility: 'true',
    uniqueness: { claim: ['resident_id'], issuers: ['https://civic.example'], key: 'k'.repeat(43) },
    assurance: 'low',
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '100' },
    issuerCaps: [],
    destinations: ['internal'],
    publication: 'commitments',
    appealMs: 0,
    confirm: { withinMs: 3_600_000, otherwise: 'return' },
    reserveMax: '1000',
    returned: 'budget',
    lossBorneBy: 'organiser',
    renounced: [],
    ...changes,
  };
}

/** A lottery whose one party has committed to two rounds of an hour. */
export function testLottery(log: LogBuilder): Program {
  return testProgram(log, {
    allocation: { mode: 'sealed', rule: 'lottery', amount: '10' },
    beacon: {
      kind: 'commit-reveal',
      parties: [{ id: 'north', commitments: SECRETS.map(sha256Base64url) }],
      revealWithinMs: 3_600_000,
      exhausted: 'cancel',
    },
  });
}

/** A lottery of two parties whose secrets stand in the log. */
export function testOpenLottery(log: LogBuilder): Program {
  const { beacon, ...program } = testLottery(log);
  if (beacon?.kind !== 'commit-reveal') throw new Error('the lottery of these tests is of secrets');
  const south = { id: 'south', commitments: SOUTH_SECRETS.map(sha256Base64url) };
  return { ...program, beacon: { ...beacon, parties: [...beacon.parties, south], reveals: 'log' } };
}

/** A secret in the log, signed with a key made for it. */
export function revealed(log: LogBuilder, party: string, round: number, secret: string): string {
  const name = `reveal ${party} ${round}`;
  const { jwk: key } = log.signatures.key(name);
  return log.statement({ type: 'reveal', v: 1, program: 'relief', party, round, secret, key }, name);
}

/** The statement that carries out the release of a program, after its decision was appended. */
export function programAfter(log: LogBuilder, program: Program, options: Parameters<LogBuilder['decide']>[2] = {}) {
  const digest = bindingDigest(program);
  const decided = log.decide('release', [{ program: digest }], { parameters: { program: digest }, ...options });
  return log.statement({ type: 'program', v: 1, decision: decided.digest, program });
}

export function exceptionAfter(
  log: LogBuilder,
  instruction: Instruction,
  options: Parameters<LogBuilder['decide']>[2] = {},
  power: 'release' | 'return' = 'release',
): string {
  const digest = bindingDigest(instruction);
  const { program } = instruction;
  const parameters = { instruction: digest, of: program };
  const decided = log.decide(power, [{ instruction: digest }], { parameters, ...options });
  return log.statement({ type: 'exception', v: 1, decision: decided.digest, kind: 'payment', program, digest });
}

export const RETRY: Instruction = { program: 'relief', act: 'retry', payment: 'p-1', attempt: 1 };

/** Brings a founded log to where a program stands: each step includes those before it. */
export function buildProgram(
  log: LogBuilder,
  until: 'accredited' | 'released' | 'closed' | 'taken' | 'judged' | 'sealed' | 'drawable',
  program: (log: LogBuilder) => Program = testProgram,
): void {
  const steps = {
    accredited: () => log.accredit(distributorParty(log.signatures)),
    released: () => log.append(programAfter(log, program(log))),
    closed: () => log.epoch(log.state.programs.get('relief')?.program.window.closesAt),
    taken: () => log.append(intake(log)),
    judged: () => log.epoch(),
    sealed: () => log.append(seal(log)),
    drawable: () => log.epoch(),
  };
  for (const [name, step] of Object.entries(steps)) {
    step();
    if (name === until) return;
  }
}

export function intake(log: LogBuilder, changes: Partial<StatementOf<'intake'>> = {}): string {
  return log.statement({ type: 'intake', v: 1, program: 'relief', root: ROOT, count: 3, ...changes }, 'distributor');
}

export function seal(log: LogBuilder, changes: Partial<StatementOf<'seal'>> = {}): string {
  const position = log.state.programs.get('relief')?.judgedAt?.size ?? 0;
  const body = { admitted: { root: ROOT, count: 2 }, refused: { root: ROOT, count: 1 } };
  return log.statement({ type: 'seal', v: 1, program: 'relief', position, ...body, ...changes }, 'distributor');
}

export function draw(log: LogBuilder, changes: Partial<StatementOf<'draw'>> = {}): string {
  const allocated = { root: ROOT, count: 2, total: '200' };
  const body = { type: 'draw', v: 1, program: 'relief', seal: ROOT, result: { level: '100' }, allocated };
  return log.statement({ ...body, ...changes }, 'distributor');
}

import type { CaseTarget, Remedy, Rulebook } from '@holdfast/core';
import { caseStep, EVIDENCE, testCaseRules } from '../../core/test/case-log.ts';
import { type LogBuilder, testRulebook } from '../../core/test/log-builder.ts';
import type { TestSignatures } from '../../core/test/test-keys.ts';
import type { DistributorWorld } from './distributor-world.ts';

/** Rules with cases that are over in a few epochs: vouched for, they are upheld by silence. */
export function quickCases(signatures: TestSignatures): Partial<Rulebook> {
  const dueMs = 1;
  const rules = testCaseRules();
  const [, ordinary = rules.tracks[0]] = rules.tracks;
  if (ordinary === undefined) throw new Error('the rules of tests have tracks');
  const { answer: _, ...track } = ordinary;
  const quick = {
    ...track,
    filed: { dueMs: 60_000 },
    triaged: { dueMs: 12_000, onSilence: 'uphold' },
    decided: { dueMs },
  } as const;
  const reasons = rules.reasons.filter((reason) => reason.track === 'ordinary');
  const owners = [
    { subjects: ['credential', 'issuer', 'application', 'payment', 'program'] as const, role: 'revoker' },
  ];
  const powers = testRulebook(signatures).powers;
  const returning = powers
    .filter(({ power }) => power === 'release')
    .flatMap((grant) => (['return', 'reinstate'] as const).map((power) => ({ ...grant, power })));
  return {
    powers: [...powers, ...returning],
    cases: {
      ...rules,
      owners: owners.map((one) => ({ ...one, subjects: [...one.subjects] })),
      reasons,
      tracks: [quick],
    },
  };
}

let filed = 0;

/** A log with these rules, and whoever follows it. */
export type RuledWorld = {
  readonly log: LogBuilder;
  readonly epoch: () => Promise<void>;
};

/** The log that a distributor's world follows. */
export function ruledBy(world: DistributorWorld): RuledWorld {
  return { log: world.verifiers.feed.log, epoch: () => world.epoch() };
}

/** Opens a case about it that an officer has vouched for, and lets nobody say anything else; `isOpen`: it is not over yet. */
export async function ruleOn(
  { log, epoch }: RuledWorld,
  remedy: Remedy,
  target: CaseTarget,
  isOpen = false,
): Promise<void> {
  filed += 1;
  const id = `case-${filed}`;
  const opened = { act: 'open', about: target.of, class: 'residence-ended', remedy, evidence: EVIDENCE } as const;
  log.append(caseStep(log, id, { ...opened, subject: id.padEnd(43, 's') }));
  await epoch();
  log.append(caseStep(log, id, { act: 'triage', admit: true, target }, ['officer-a']));
  if (isOpen) return;
  while (log.state.docket.cases.get(id)?.stage !== 'final') await epoch();
}

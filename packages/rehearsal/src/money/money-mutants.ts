import type { Mutant } from '../mutant.ts';

const DISTRIBUTOR = 'packages/server/src/roles/distributor';

/** What money must never survive. Every node dies at each of its crossings once. */
export const MONEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'of one person’s applications the first counts',
    file: `${DISTRIBUTOR}/seal-lists.ts`,
    find: `    candidates.push({ application, nullifier: judgement.candidacy.nullifier });
  }
  const { admitted, refused } = admit(candidates, program.allocation.mode);`,
    replace: `    candidates.push({ application, nullifier: judgement.candidacy.nullifier, sequence: kept.sequence } as never);
  }
  candidates.sort((a, b) => Reflect.get(a, 'sequence') - Reflect.get(b, 'sequence'));
  const { admitted, refused } = admit(candidates, 'instant');`,
    mode: 'money',
    noticedBy: ['arrivals-change-nothing'],
  },
  {
    name: 'paid out again after a restart',
    file: `${DISTRIBUTOR}/leaving.ts`,
    find: '      for (const one of planned) {',
    replace: `      const failed = lines.filter((_, i) => planned[i]?.answer === 'exists');
      await settling.plan(
        failed.map(({ application, payment, sent }) => ({
          transferId: transfers.post(application) + '.again',
          destination: sent.application.destination,
          amount: payment.amount,
          asset: program.asset,
          reference: program.title,
        })),
      );
      for (const one of planned) {`,
    mode: 'money',
    noticedBy: ['never-paid-twice'],
  },
  {
    name: 'a batch is sent again under another name',
    file: `${DISTRIBUTOR}/settling/submitting.ts`,
    find: `    id: kept.id,
    createdAt: kept.createdAt,`,
    replace: `    id: kept.id.slice(0, 20) + String(clock.now()).slice(-8),
    createdAt: kept.createdAt,`,
    mode: 'money',
    noticedBy: ['never-paid-twice', 'exactly-one-owner'],
  },
  {
    name: 'a reserve is never voided',
    file: `${DISTRIBUTOR}/paying.ts`,
    find: '    if (ways.length === 0) return 0;',
    replace: `    ways = ways.filter(({ to }) => to === 'posted');
    if (ways.length === 0) return 0;`,
    mode: 'money',
    seed: 12,
    noticedBy: ['every-program-ends'],
  },
  {
    name: 'secrets are taken before the seal',
    file: 'packages/server/src/adapters/commit-reveal/beacon.ts',
    find: '      assertRevealable(assertKind(terms), seal, known, received);',
    replace: '      if (seal !== undefined) assertRevealable(assertKind(terms), seal, known, received);',
    mode: 'money',
    noticedBy: ['seed-after-seal'],
  },
  {
    name: 'shares in floats',
    file: 'packages/core/src/program/allocation.ts',
    find: 'const share = (distributable * weight) / totalWeight;',
    replace:
      'const share = (distributable * BigInt(Math.floor((Number(weight) / Number(totalWeight)) * 1e15))) / 10n ** 15n;',
    mode: 'money',
    noticedBy: ['shares-are-exact'],
  },
  {
    name: 'a destination swapped after the acknowledgement',
    file: `${DISTRIBUTOR}/accepting.ts`,
    find: 'if (keyBinding.nonce !== applicationNonce(application)) {',
    replace: "if (keyBinding.nonce === '') {",
    mode: 'money',
    noticedBy: ['only-what-the-holder-signed'],
  },
  {
    name: 'an unknown payment is tried again',
    file: 'packages/core/src/settlement/apply-settlement.ts',
    find: "      return decision === undefined ? refused('reconcile-first') : plan(notPaid(settlement, decision));",
    replace: '      return plan(settlement);',
    mode: 'money',
    noticedBy: ['never-paid-twice'],
  },
  {
    name: 'a leaf of the intake is dropped',
    file: `${DISTRIBUTOR}/taking-in.ts`,
    find: '      leaves.push({ application, salt });',
    replace: '      if (leaves.length < 9) leaves.push({ application, salt });',
    mode: 'money',
    noticedBy: ['acknowledged-stands-in-the-intake'],
  },
  {
    name: 'each application is a person of its own',
    file: 'packages/core/src/program/qualifying.ts',
    find: 'nullifier: input.nullifierOf(person.value),',
    replace: 'nullifier: input.nullifierOf(person.value) + application.salt,',
    mode: 'money',
    noticedBy: ['one-entitlement-per-person'],
  },
  {
    name: 'whatever is not revoked is paid',
    file: 'packages/core/src/program/confirming.ts',
    find: "return verdict.outcome === 'valid' && verdict.allows.effect === 'final' ? 'post' : 'wait';",
    replace: "return 'post';",
    mode: 'money',
    seed: 10,
    noticedBy: ['posting-needs-a-later-verdict'],
  },
  {
    name: 'acknowledged before it is kept',
    file: `${DISTRIBUTOR}/accepting.ts`,
    find: '    const first = await queue.accept(application);',
    replace: `    queue.accept(application).catch(() => undefined);
    if (maxApplications > 0) return { application: digest, acknowledgement, isRepeat: false };
    const first = await queue.accept(application);`,
    mode: 'money',
    noticedBy: ['exactly-one-owner'],
  },
  {
    name: 'a transfer counts as made whether or not the ledger’s signature is kept',
    file: `${DISTRIBUTOR}/receipted-ledger.ts`,
    find: '      await receipts.add({',
    replace: '      if (leaves.length === 0) await receipts.add({',
    mode: 'money',
    noticedBy: ['exactly-one-owner'],
  },
  {
    name: 'what is reserved can be spent',
    file: 'packages/core/src/ledger/movement.ts',
    find: 'debits > debit.creditsPosted) return',
    replace: 'debits > debit.creditsPosted + debit.creditsPending) return',
    mode: 'money',
    seed: 12,
    noticedBy: ['pending-is-never-spendable', 'every-program-ends'],
  },
];

import { CodedError } from '@holdfast/core';
import type { Ledger, SettlementRail, Verification } from '@holdfast/server/roles';
import type { Life } from '../lives.ts';
import type { LossyLine } from './lossy-line.ts';

/** Whom a distributor asks, as it reaches them. */
export type DistributorNeighbours = {
  readonly verification: Verification;
  readonly ledger: Ledger;
  readonly rail: SettlementRail;
};

/** The neighbours as they run now; undefined while they are down. */
export type Neighbourhood = {
  readonly verification: () => Verification | undefined;
  readonly ledger: () => Ledger | undefined;
  readonly rail: () => SettlementRail | undefined;
  /** What the bank carries, which everybody knows. */
  readonly terms: SettlementRail;
};

export type NeighbourLines = { readonly [name in 'verifier' | 'ledger' | 'bank']: LossyLine };

/** Behind lines that lose and delay. Whoever is dead asks nobody any more. */
export function connectNeighbours(lines: NeighbourLines, nodes: Neighbourhood, life: Life): DistributorNeighbours {
  const asking =
    <Node>(line: LossyLine, node: () => Node | undefined, silent: () => Error) =>
    async <Answer>(work: (node: Node) => Promise<Answer>): Promise<Answer> => {
      if (life.isOver()) throw new Error('This node has crashed.');
      const answer = await line.ask(node, work, silent);
      if (life.isOver()) throw new Error('This node has crashed.');
      return answer;
    };
  const askVerifier = asking(lines.verifier, nodes.verification, verifierSilent);
  const askLedger = asking(lines.ledger, nodes.ledger, ledgerSilent);
  const askRail = asking(lines.bank, nodes.rail, railSilent);
  return {
    verification: {
      verify: (question) => askVerifier((verifier) => verifier.verify(question)),
      confirm: (id, atLeast) => askVerifier((verifier) => verifier.confirm(id, atLeast)),
      settled: (id) => askVerifier((verifier) => verifier.settled(id)),
      otherPositions: () => askVerifier((verifier) => verifier.otherPositions()),
    },
    ledger: {
      createAccounts: (accounts) => askLedger((ledger) => ledger.createAccounts(accounts)),
      transfer: (commands) => askLedger((ledger) => ledger.transfer(commands)),
      readAccounts: (ids) => askLedger((ledger) => ledger.readAccounts(ids)),
      readTransfers: (ids) => askLedger((ledger) => ledger.readTransfers(ids)),
      readPending: (account, limit, after) => askLedger((ledger) => ledger.readPending(account, limit, after)),
    },
    rail: {
      ...nodes.terms,
      submit: (batch) => askRail((rail) => rail.submit(batch)),
      readOutcomes: (cursor, limit) => askRail((rail) => rail.readOutcomes(cursor, limit)),
    },
  };
}

function verifierSilent(): CodedError {
  return new CodedError('verifier.unreachable', 'The verifier does not answer.');
}

function ledgerSilent(): CodedError {
  return new CodedError('ledger.outcome-unknown', 'The ledger does not answer.');
}

function railSilent(): CodedError {
  return new CodedError('settlement.rail-unreachable', 'The bank does not answer.');
}

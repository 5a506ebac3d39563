import { CodedError } from '@holdfast/core';
import type { FilingDesk, Ledger, SettlementRail, Verification } from '@holdfast/server/roles';
import type { Life } from '../lives.ts';
import type { LossyLine } from './lossy-line.ts';

/** Whom a distributor asks, as it reaches them. */
export type DistributorNeighbours = {
  readonly verification: Verification;
  readonly ledger: Ledger;
  readonly rail: SettlementRail;
  /** With whom it files; nobody where it files nothing. */
  readonly desk?: FilingDesk;
};

/** The neighbours as they run now; undefined while they are down. */
export type Neighbourhood = {
  readonly verification: () => Verification | undefined;
  readonly ledger: () => Ledger | undefined;
  readonly rail: () => SettlementRail | undefined;
  /** What the bank carries, which everybody knows. */
  readonly terms: SettlementRail;
  /** Where the distributor files too. */
  readonly filing?: { readonly line: LossyLine; readonly desk: () => FilingDesk | undefined };
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
  const { filing } = nodes;
  const askDesk = filing && asking(filing.line, filing.desk, deskSilent);
  return {
    ...(askDesk === undefined
      ? {}
      : { desk: { file: (signed, signal) => askDesk((desk) => desk.file(signed, signal)) } }),
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

function deskSilent(): CodedError {
  return new CodedError('filing.unreachable', 'The governor does not answer.');
}

function ledgerSilent(): CodedError {
  return new CodedError('ledger.outcome-unknown', 'The ledger does not answer.');
}

function railSilent(): CodedError {
  return new CodedError('settlement.rail-unreachable', 'The bank does not answer.');
}

import { accountKeyMigrations } from '../adapters/postgres/account-key-store.ts';
import { caseStoreMigrations } from '../adapters/postgres/case-store.ts';
import { checkResultStoreMigrations } from '../adapters/postgres/check-result-store.ts';
import { decisionStoreMigrations } from '../adapters/postgres/decision-store.ts';
import { distributorStoreMigrations } from '../adapters/postgres/distributor-store.ts';
import { erasureStoreMigrations } from '../adapters/postgres/erasure-store.ts';
import { filingStoreMigrations } from '../adapters/postgres/filing-store.ts';
import { followUpStoreMigrations } from '../adapters/postgres/follow-up-store.ts';
import { followerStoreMigrations } from '../adapters/postgres/follower-store.ts';
import { issuerStoreMigrations } from '../adapters/postgres/issuer-store.ts';
import { joiningStoreMigrations } from '../adapters/postgres/joining-store.ts';
import { leaseMigrations } from '../adapters/postgres/lease.ts';
import { ledgerStoreMigrations } from '../adapters/postgres/ledger-store.ts';
import { logStoreMigrations } from '../adapters/postgres/log-store.ts';
import type { Migration } from '../adapters/postgres/migration.ts';
import { noticeStoreMigrations } from '../adapters/postgres/notice-store.ts';
import { outboxMigrations } from '../adapters/postgres/outbox.ts';
import { policyStoreMigrations } from '../adapters/postgres/policy-store.ts';
import { presentationStoreMigrations } from '../adapters/postgres/presentation-store.ts';
import { receiptStoreMigrations } from '../adapters/postgres/receipt-store.ts';
import { revealStoreMigrations } from '../adapters/postgres/reveal-store.ts';
import { reviewStoreMigrations } from '../adapters/postgres/review-store.ts';
import { settlementStoreMigrations } from '../adapters/postgres/settlement-tables.ts';
import { standingStoreMigrations } from '../adapters/postgres/standing-store.ts';
import { verdictStoreMigrations } from '../adapters/postgres/verdict-store.ts';

/** The tables of each role, all in a schema of its own. Whatever a role keeps is named here, and nowhere else. */
export const ROLE_TABLES = {
  network: logStoreMigrations,
  governor: [...followerStoreMigrations, ...decisionStoreMigrations, ...caseStoreMigrations, ...joiningStoreMigrations],
  issuer: [...followerStoreMigrations, ...issuerStoreMigrations],
  verifier: [
    ...followerStoreMigrations,
    ...verdictStoreMigrations,
    ...presentationStoreMigrations,
    ...standingStoreMigrations,
    ...policyStoreMigrations,
    ...reviewStoreMigrations,
    ...followUpStoreMigrations,
    ...outboxMigrations,
    ...checkResultStoreMigrations,
    ...filingStoreMigrations,
  ],
  ledger: [...ledgerStoreMigrations, ...leaseMigrations, ...accountKeyMigrations],
  eraser: erasureStoreMigrations,
  person: [...noticeStoreMigrations, ...leaseMigrations],
  distributor: [
    ...followerStoreMigrations,
    ...distributorStoreMigrations,
    ...receiptStoreMigrations,
    ...revealStoreMigrations,
    ...settlementStoreMigrations,
    ...outboxMigrations,
    ...leaseMigrations,
    ...filingStoreMigrations,
  ],
} as const satisfies Readonly<Record<string, readonly Migration[]>>;

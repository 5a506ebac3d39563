import { statfs } from 'node:fs/promises';
import {
  isJsonObject,
  type JsonObject,
  type KeyFact,
  manualRate,
  type NetworkState,
  openCases,
  ownerOfCase,
  wordsOfOwner,
} from '@holdfast/core';
import type { FraudStore } from '@holdfast/verifier';
import { type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { Readiness } from '../http/health.ts';
import type { RoleKeys } from '../role-keys/role-keys.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import { DEFAULT_ISSUER_BOUNDS } from '../roles/issuer/config.ts';
import type { Issuer } from '../roles/issuer/issuer.ts';
import type { LedgerHealth, LedgerRole } from '../roles/ledger/ledger.ts';
import type { NetworkHealth } from '../roles/network/network-role.ts';
import { backlogFacts } from '../roles/overview/backlog-facts.ts';
import { type Compared, readDisagreements } from '../roles/overview/disagreements.ts';
import type { FactSource } from '../roles/overview/fact-source.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import { UNSEEN } from '../seeing/seeing.ts';
import type { Platform } from './platform.ts';

/** What each role can say of itself, the same whether an overview in its own process asks or one in another. */
export type NamedVerifier = { readonly id: string; readonly name: string };

/** Below it a database soon takes no row more. `holdfast doctor` looks for the same. */
const LEAST_FREE_BYTES = 500 * 2 ** 20;
/** An audit adds up all accounts; a comparison asks two verifiers for their latest answers. */
const AUDITED_FOR_MS = 30_000;
const COMPARED_FOR_MS = 15_000;

/** Sources whose owner is one host; `stored`: those that stand on its database. */
export function sourcesBy(owner: string) {
  const own = (part: string, read: FactSource['read']): FactSource => ({ part, owner, read });
  return {
    own,
    stored: (part: string, read: FactSource['read']): FactSource => ({ ...own(part, read), needs: 'database' }),
  };
}

/** `of`: whose folder it is, where that is another's than the host's who looks. */
export async function diskFact(folder: string, of?: string) {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = Number(bavail) * Number(bsize);
  return { disk: { freeBytes, leastBytes: LEAST_FREE_BYTES, ...(of === undefined ? {} : { of }) } };
}

export function networkFacts(health: NetworkHealth, quorum: number, owner: string) {
  const { status, why, size, lastEpochAt, appendsWaiting, witnesses } = health;
  return {
    log: { owner, state: status, size, lastEpochAt, appendsWaiting, ...(why === undefined ? {} : { why }) },
    witnesses: witnesses.map((standing) => ({
      ...{ name: standing.witness, quorum },
      ...(standing.time === undefined ? {} : { saidAt: standing.time }),
      ...(standing.why === undefined ? {} : { why: standing.why }),
    })),
  };
}

export function partFacts(parts: Awaited<ReturnType<Readiness>>, owner: string) {
  return { parts: Object.entries(parts).map(([part, state]) => ({ part, state, owner })) };
}

type LedgerWord = Pick<LedgerHealth, 'status' | 'why'>;

/** How a ledger does, and whether its accounts add up. */
export function ledgerSources(
  { own, stored }: ReturnType<typeof sourcesBy>,
  { health, audit }: { readonly health: () => LedgerWord | Promise<LedgerWord>; readonly audit: LedgerRole['audit'] },
  owner: string,
): readonly FactSource[] {
  return [
    own('ledger', async () => {
      const { status, why } = await health();
      return { ledger: { owner, state: status, ...(why === undefined ? {} : { why }) } };
    }),
    {
      ...stored('ledger accounts', async () => ({ ledgerHolds: (await audit()).holds })),
      keptForMs: AUDITED_FOR_MS,
      isUrgent: ({ ledgerHolds }) => ledgerHolds === false,
    },
  ];
}

export async function handoffFacts(
  sources: readonly HandoffSource[],
  backlogs: (() => Promise<readonly Backlog[]>) | undefined,
  owner: string,
) {
  const [{ handoffs, more }, waiting] = await Promise.all([readHandoffs(sources), backlogs?.() ?? []]);
  return { handoffs, moreHandoffs: more, backlogs: backlogFacts(handoffs, waiting, owner) };
}

/** NATS and OTLP, as far as the process of this part misses them. */
export function outletFacts({ seeing = UNSEEN }: Pick<Platform, 'seeing'>, part: string) {
  return { outlets: seeing.outlets.read().map((away) => ({ part, ...away })) };
}

/** Of keys only what is wrong: that the log names one that is not held there. */
export function keySource(part: string, owner: string, keys: RoleKeys): FactSource {
  const { party, use } = keys;
  const read = async () => {
    const { inUse, missing } = await keys.read();
    return keyFacts({ part, owner, party, use, missing, signs: inUse !== undefined });
  };
  return { part: `keys of ${part}`, owner, read };
}

function keyFacts({ missing, ...fact }: Omit<KeyFact, 'missing'> & { readonly missing: string | undefined }) {
  if (missing === undefined && fact.signs) return {};
  return { keys: [{ ...fact, ...(missing === undefined ? {} : { missing }) }] };
}

/** One that does not answer is told of as such; one that knows no such question is older than it. */
async function verifierKeyFacts(ask: AskVerifier, id: string) {
  const answer = await ask(`/v/${encodeURIComponent(id)}/keys`).catch(() => undefined);
  if (!isJsonObject(answer)) return {};
  const { party, use, inUse, missing } = answer;
  const named = typeof missing === 'string' ? missing : undefined;
  const fact = { part: id, owner: id, party: String(party), use: String(use) };
  return keyFacts({ ...fact, missing: named, signs: inUse !== undefined });
}

export async function fraudFacts(fraud: Pick<FraudStore, 'readFraud'>, heldBy: string) {
  return { frauds: (await fraud.readFraud()).map(({ digest }) => ({ digest, heldBy })) };
}

export function caseFacts(state: Readonly<NetworkState>) {
  return {
    cases: openCases(state).map((record) => ({
      ...{ id: record.id, class: record.class, dueAt: record.dueAt },
      owner: wordsOfOwner(ownerOfCase(record)),
    })),
    incidents: [...state.docket.incidents.values()],
    logTime: state.time,
    ...manualFacts(state),
  };
}

function manualFacts(state: Readonly<NetworkState>) {
  const rate = manualRate(state);
  const steward = state.rulebook?.body.cases?.steward;
  if (rate === undefined || steward === undefined) return { isTooManual: false };
  const { manual: byHand, decided, isOver } = rate;
  return { isTooManual: isOver, manual: { steward, byHand, all: byHand + decided } };
}

export function listFacts(issuer: Pick<Issuer, 'readLists'>, tenant: string) {
  const { listTokenLifeMs, listTtlMs } = DEFAULT_ISSUER_BOUNDS;
  const { lists, failure } = issuer.readLists(tenant);
  return {
    ...(failure === 'issuance.not-accredited' ? { unaccredited: [{ issuer: tenant, owner: tenant }] } : {}),
    lists: lists.flatMap(({ uri, publishedAsOf, isBehind }) =>
      publishedAsOf === undefined
        ? []
        : [
            {
              ...{ list: uri, issuer: tenant, owner: tenant, asOf: publishedAsOf },
              ...{ endsAt: publishedAsOf + listTokenLifeMs, renewedWithinMs: listTtlMs },
              ...(isBehind === undefined ? {} : { isBehind }),
            },
          ],
    ),
  };
}

/** Verifiers as they answer at their doors, wherever they run, and whether two of them agree. */
export function verifierSources(
  { own }: ReturnType<typeof sourcesBy>,
  ask: AskVerifier,
  verifiers: readonly NamedVerifier[],
  compared: Compared | undefined,
): readonly FactSource[] {
  const pair =
    compared === undefined
      ? []
      : [
          {
            ...own('comparison', () => comparisonFact(ask, compared)),
            needs: 'verifiers' as const,
            keptForMs: COMPARED_FOR_MS,
          },
        ];
  return [
    ...verifiers.map((verifier) => ({
      ...own(verifier.id, () => verifierFact(ask, verifier)),
      whenSilent: { verifiers: [awayOf(verifier)] },
    })),
    ...verifiers.map(({ id }) => ({
      ...own(`checks of ${id}`, () => checkFacts(ask, id)),
      needs: 'verifiers' as const,
    })),
    ...verifiers.map(({ id }) => ({
      ...own(`keys of ${id}`, () => verifierKeyFacts(ask, id)),
      needs: 'verifiers' as const,
    })),
    ...pair,
  ];
}

/** How far each has read, by its id; one that does not answer is left out. */
export async function readFollowers(
  ask: AskVerifier,
  verifiers: readonly NamedVerifier[],
): Promise<ReadonlyMap<string, number>> {
  const read = await Promise.all(
    verifiers.map(async ({ id }) => {
      const answer = await ask(`/v/${encodeURIComponent(id)}`).catch(() => undefined);
      const position = isJsonObject(answer) ? answer.position : undefined;
      return isJsonObject(position) ? [[id, Number(position.size)] as const] : [];
    }),
  );
  return new Map(read.flat());
}

function awayOf({ id, name }: NamedVerifier) {
  return { id, name, owner: id, isAnswering: false };
}

async function verifierFact(ask: AskVerifier, { id, name }: NamedVerifier) {
  const away = awayOf({ id, name });
  const answer = await ask(`/v/${encodeURIComponent(id)}`).catch(() => undefined);
  if (!isJsonObject(answer)) return { verifiers: [away] };
  const { party, position, health } = answer;
  const time = isJsonObject(position) ? Number(position.time) : undefined;
  const why = isJsonObject(health) && health.state === 'stopped' ? String(health.why) : undefined;
  return {
    verifiers: [
      {
        ...{ ...away, owner: typeof party === 'string' ? party : id, isAnswering: true },
        ...(time === undefined ? {} : { readAt: time }),
        ...(why === undefined ? {} : { contradiction: why }),
      },
    ],
  };
}

async function checkFacts(ask: AskVerifier, id: string) {
  const answer = await ask(`/v/${encodeURIComponent(id)}/policy`).catch(() => undefined);
  const lanes = isJsonObject(answer) && isJsonObject(answer.checks) ? Object.entries(answer.checks) : [];
  return {
    checks: lanes
      .filter((lane): lane is [string, JsonObject] => isJsonObject(lane[1]))
      .map(([check, { breaker, waiting }]) => ({
        ...{ verifier: id, check, owner: `whoever answers ${check}` },
        ...{ isOpen: breaker !== 'closed', waiting: Number(waiting ?? 0) },
      })),
  };
}

async function comparisonFact(ask: AskVerifier, compared: Compared) {
  const { compared: count, differing } = await readDisagreements(ask, compared);
  const unexplained = differing.filter(({ cause }) => cause === 'unexplained' || cause === 'fork');
  return { disagreements: { compared: count, unexplained: unexplained.map(({ verdicts: [first] }) => first) } };
}

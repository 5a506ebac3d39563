import { CodedError, canonicalJson, encodeUtf8, parseUtf8, type Verdict } from '@holdfast/core';
import type { Verified } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { StandingStore } from '../../ports/standing-store.ts';
import type { VerifierBounds } from './config.ts';

/** What is judged again: the credential as its issuer signed it, without a disclosure, and the amount that was asked for. */
export type Standing = { readonly credential: string; readonly amount?: string };

/** One verdict whose money is neither posted nor voided, as its verifier knows. */
export type OpenStanding = {
  readonly verdictId: string;
  /** Unix milliseconds. */
  readonly keptAt: number;
  readonly ageMs: number;
  /** Unix milliseconds from which the next sweep erases it unconfirmed. */
  readonly erasedFrom: number;
};

export type OpenStandings = {
  readonly count: number;
  /** The oldest first, as many as were asked for. */
  readonly standings: readonly OpenStanding[];
};

export type Standings = {
  /** Throws `standing.too-many` when there are as many as this verifier keeps. */
  assertRoom(): Promise<void>;
  /** Keeps what can still be confirmed; of a verdict that can only stay a no, and of what cannot be read, nothing. */
  keep(verdictId: string, subject: string, judged: Pick<Verified, 'verdict' | 'parse'>): Promise<void>;
  /** Throws `standing.erased`, `standing.not-kept`, `standing.unreadable`, `sealer.unopenable`. */
  open(verdictId: string): Promise<Standing>;
  /** Erases it, once and for all; nothing kept is as good as erased. */
  erase(verdictId: string): Promise<void>;
  list(limit: number): Promise<OpenStandings>;
  /** Erases at most `limit` whose time is over, and forgets at most `limit` marks of erased ones; says how many erased. */
  sweep(limit: number): Promise<number>;
};

export type StandingsOptions = {
  readonly verifierId: string;
  readonly clock: Clock;
  readonly store: StandingStore;
  readonly sealer: Sealer;
  readonly bounds: Pick<VerifierBounds, 'maxStandings' | 'standingMemoryMs' | 'verdictMemoryMs'>;
};

export function createStandings({ verifierId, clock, store, sealer, bounds }: StandingsOptions): Standings {
  /** How many are open, as counted last and changed by us since: exact for one process, close enough for several. */
  let open: Promise<number> | undefined;
  let change = 0;

  /** Binds what is sealed to its verifier and its row: moved to another, it does not open. */
  const context = (verdictId: string) => `standing ${verifierId} ${verdictId}`;

  return {
    async assertRoom() {
      open ??= store.countOpen();
      const counted = await open.catch((error: unknown) => {
        open = undefined;
        throw error;
      });
      if (counted + change < bounds.maxStandings) return;
      throw new CodedError('standing.too-many', 'As many verdicts wait to be confirmed as are kept here.', {
        maxStandings: bounds.maxStandings,
      });
    },
    async keep(verdictId, subject, { verdict, parse }) {
      if (!parse.ok || !isConfirmable(verdict)) return;
      const { amount } = verdict.basis.request;
      const [issuerJwt] = parse.issuerSigned.split('~');
      const standing: Standing = { credential: `${issuerJwt}~`, ...(amount === undefined ? {} : { amount }) };
      const sealed = await sealer.seal(encodeUtf8(canonicalJson(standing)), context(verdictId));
      if (await store.keep({ verdictId, subject, keptAt: clock.now(), sealed })) change += 1;
    },
    async open(verdictId) {
      const record = await store.read(verdictId);
      if (record === undefined) {
        throw new CodedError('standing.not-kept', 'Nothing was kept of this verdict to confirm it by.');
      }
      if (record.sealed === undefined) {
        throw new CodedError('standing.erased', 'What was kept of this verdict has been erased, as was promised.', {
          erasedAt: record.erasedAt,
        });
      }
      return parseStanding(await sealer.open(record.sealed, context(verdictId)));
    },
    async erase(verdictId) {
      if (await store.erase(verdictId, clock.now())) change -= 1;
    },
    async list(limit) {
      const [count, records] = await Promise.all([store.countOpen(), store.readOpen(limit)]);
      const now = clock.now();
      const standings = records.map(({ verdictId, keptAt }) => {
        const ageMs = Math.max(0, now - keptAt);
        return { verdictId, keptAt, ageMs, erasedFrom: keptAt + bounds.standingMemoryMs };
      });
      return { count, standings };
    },
    async sweep(limit) {
      const now = clock.now();
      await store.remove(now - bounds.verdictMemoryMs, limit);
      const erased = await store.eraseKeptBefore(now - bounds.standingMemoryMs, limit, now);
      // Others may have erased too: it is counted again for whoever asks next.
      open = undefined;
      change = 0;
      return erased;
    },
  };
}

/** Fresher evidence never makes these a yes. */
function isConfirmable({ outcome }: Verdict): boolean {
  return outcome !== 'invalid' && outcome !== 'revoked' && outcome !== 'expired';
}

function parseStanding(bytes: Uint8Array): Standing {
  try {
    return JSON.parse(parseUtf8(bytes)) as Standing;
  } catch (cause) {
    throw new CodedError('standing.unreadable', 'What was kept to confirm this verdict cannot be read.', {}, cause);
  }
}

import type { Clock } from '../../ports/clock.ts';
import type { Erasable, PersonTraces, Stay } from '../../ports/erasable.ts';
import type { FollowUpStore } from '../../ports/follow-up-store.ts';
import type { ReviewStore } from '../../ports/review-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { StandingStore } from '../../ports/standing-store.ts';
import { MAX_VERDICTS_PER_READ, type VerdictRecord, type VerdictStore } from '../../ports/verdict-store.ts';
import { subjectOfPlace } from './verdict-book.ts';

export type VerifierErasingPorts = {
  readonly id: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly sealer: Pick<Sealer, 'pseudonym'>;
  readonly verdicts: Pick<VerdictStore, 'readLatest' | 'eraseSubject'>;
  readonly standings: Pick<StandingStore, 'read'>;
  readonly reviews: Pick<ReviewStore, 'eraseCredential'>;
  readonly followUps: Pick<FollowUpStore, 'readOpenOf'>;
  /** How long a standing is kept at the longest. */
  readonly standingMemoryMs: number;
};

const MAX_OPEN_FOLLOW_UPS = 100;

/**
 * What a verifier has of a person: what was presented, and what was shown and noted in reviews. Verdicts stay, as they name
 * nobody; what is kept to confirm one stays while money waits for it. Of the latest 200 verdicts of each credential.
 */
export function createVerifierErasing(ports: VerifierErasingPorts): Erasable {
  const { id, clock, sealer, verdicts, reviews, followUps } = ports;
  const part = `verifier ${id}`;

  async function recordsOf({ places, credentials }: PersonTraces): Promise<VerdictRecord[]> {
    const limit = MAX_VERDICTS_PER_READ;
    const subjects = await Promise.all(places.map((place) => subjectOfPlace(sealer, place)));
    const found = await Promise.all([
      ...subjects.map((subject) => verdicts.readLatest({ subject, limit })),
      ...credentials.map((credential) => verdicts.readLatest({ credential, limit })),
    ]);
    return [...new Map(found.flat().map((record) => [record.id, record])).values()];
  }

  async function openStandings(records: readonly VerdictRecord[]): Promise<Stay[]> {
    const kept = await Promise.all(records.map((record) => ports.standings.read(record.id)));
    const open = kept.flatMap((standing) => (standing?.sealed === undefined ? [] : [standing.keptAt]));
    if (open.length === 0) return [];
    const until = Math.min(...open) + ports.standingMemoryMs;
    return [{ what: 'standings', count: open.length, why: 'money waits to be confirmed by them', until }];
  }

  async function eraseReviews(credentials: readonly string[]): Promise<{ erased: number; stays: Stay[] }> {
    let erased = 0;
    const open: number[] = [];
    for (const credential of credentials) {
      const done = await reviews.eraseCredential(credential, clock.now());
      erased += done.erased;
      open.push(...done.openUntil);
    }
    const until = Math.min(...open);
    const stays =
      open.length === 0 ? [] : [{ what: 'reviews', count: open.length, why: 'somebody has to look', until }];
    return { erased, stays };
  }

  async function openFollowUps(credentials: readonly string[]): Promise<Stay[]> {
    const found = await Promise.all(credentials.map((one) => followUps.readOpenOf(one, MAX_OPEN_FOLLOW_UPS)));
    const open = found.flat().map(({ promisedBy }) => promisedBy);
    if (open.length === 0) return [];
    return [{ what: 'answers owed', count: open.length, why: 'they were promised', until: Math.min(...open) }];
  }

  return {
    part,
    async trace(known) {
      const records = await recordsOf(known);
      return {
        verdicts: records.map((record) => record.id),
        credentials: records.flatMap(({ credential }) => credential ?? []),
      };
    },
    async erase(traces) {
      const records = await recordsOf(traces);
      const places = await Promise.all(traces.places.map((place) => subjectOfPlace(sealer, place)));
      const subjects = new Set([...places, ...records.map(({ subject }) => subject)]);
      const credentials = [
        ...new Set([...traces.credentials, ...records.flatMap(({ credential }) => credential ?? [])]),
      ];
      let presented = 0;
      for (const subject of subjects) presented += await verdicts.eraseSubject(subject);
      const reviewed = await eraseReviews(credentials);
      const stays = [...(await openStandings(records)), ...reviewed.stays, ...(await openFollowUps(credentials))];
      return { part, erased: { presented, reviews: reviewed.erased }, stays };
    },
  };
}

import { type Course, type NetworkState, wordingOfTitle } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { personRoutes } from '../http/person/person-routes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Matters } from '../ports/matters.ts';
import type { Distributor } from '../roles/distributor/distributor.ts';
import type { CaseDesk } from '../roles/governor/cases/case-desk.ts';
import type { Issuer } from '../roles/issuer/issuer.ts';
import { openCredential, type ReadLogEntries } from '../roles/person/credential-of-offer.ts';
import { createPersonDesk, type PersonDesk } from '../roles/person/person-desk.ts';
import type { TellingPeople } from '../roles/person/telling-people.ts';
import { type AskVerifier, readVerdictCourse } from '../roles/person/verdict-course.ts';
import { PAGE_WORDS } from '../spec.ts';
import type { Platform } from './platform.ts';

export type PeoplePlace = {
  readonly origin: string;
  readonly state: () => Readonly<NetworkState>;
  /** What the roles have about people, wherever they run. */
  readonly matters: Matters;
  readonly readEntries: ReadLogEntries;
  /** The verifier whose answers say what changed, and how it is asked. */
  readonly verifier: string;
  readonly ask: AskVerifier;
  /** How people are told of changes; absent: not at all. */
  readonly notify?: (desk: PersonDesk) => Promise<TellingPeople>;
};

/** How long a page waits to hear what a verifier answered before: without it everything else is told. */
const COURSE_WITHIN_MS = 1500;

/** What a distributor has about people, by the codes that it gave out. */
export function applicationMatters(distributor: Pick<Distributor, 'own' | 'id'>): Pick<Matters, 'findApplication'> {
  return {
    async findApplication(digest) {
      const found = await distributor.own(digest);
      return found && { ...found, party: distributor.id };
    },
  };
}

/** What an issuer has about people. */
export function offerMatters(issuer: Pick<Issuer, 'findOwn'>): Pick<Matters, 'findOffer'> {
  return { findOffer: (digest) => issuer.findOwn(digest) };
}

/** What a governor has about people, and takes from them by the codes of others. */
export function caseMatters(
  cases: Pick<CaseDesk, 'ownMatter' | 'file' | 'respond'>,
): Pick<Matters, 'findCase' | 'file' | 'respond'> {
  return {
    findCase: (code) => cases.ownMatter(code),
    file: async (filing, vouched, key) => (await cases.file(filing, { vouched, subject: filing.subject }, key)).code,
    respond: async (id, response, code, key) => {
      await cases.respond(id, response, { code }, key);
    },
  };
}

/** The pages of the people at the end: each sees their own matter, whichever role has it. */
export async function composePeople(
  app: FastifyInstance,
  { clock, entropy }: Pick<Platform, 'clock' | 'entropy'>,
  place: PeoplePlace,
): Promise<TellingPeople | undefined> {
  const { origin, state, matters, readEntries, verifier, ask } = place;
  const desk = createPersonDesk({
    matters,
    findCredential: async (digest) => {
      const found = await matters.findOffer(digest);
      return found && openCredential(found, origin, state(), readEntries);
    },
    course: (ids) => within(clock, readVerdictCourse(ask, verifier, ids)),
    state,
    now: () => clock.now(),
  });
  const title = () => wordingOfTitle(state().rulebook?.body ?? { title: '' });
  const telling = await place.notify?.(desk);
  const told = telling === undefined ? {} : { telling };
  personRoutes(app, { desk, origin, words: PAGE_WORDS, title, clock, entropy, ...told });
  return telling;
}

async function within(clock: Pick<Clock, 'sleep'>, course: Promise<Course>): Promise<Course> {
  const timer = new AbortController();
  const late = clock.sleep(COURSE_WITHIN_MS, timer.signal).then(
    (): Course => ({ stretches: [], turns: [] }),
    (): Course => ({ stretches: [], turns: [] }),
  );
  const first = await Promise.race([course, late]);
  timer.abort();
  return first;
}

import { CodedError, manualRate, type Position } from '@holdfast/core';
import { createFollower, createFollowerStoreMemory } from '@holdfast/verifier';
import { z } from 'zod';
import { createHttpMatters } from '../../adapters/http-parts/matters.ts';
import { createHttpPartFacts } from '../../adapters/http-parts/part-facts.ts';
import { createHttpHandles } from '../../adapters/http-parts/part-handles.ts';
import { createHttpPartNumbers } from '../../adapters/http-parts/part-numbers.ts';
import { createDatabaseProbe } from '../../adapters/postgres/database-probe.ts';
import { frontPageRoutes } from '../../http/front/front-page.ts';
import { handlesRoute } from '../../http/handles-route.ts';
import type { HandoffSource } from '../../http/handoffs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PartFacts, ToldFacts } from '../../ports/part-facts.ts';
import type { IssuedView } from '../../roles/issuer/issuer.ts';
import type { FactSource } from '../../roles/overview/fact-source.ts';
import type { GaugeSource } from '../../seeing/registry.ts';
import { PAGE_WORDS } from '../../spec.ts';
import { caseFacts, diskFact, handoffFacts, outletFacts, sourcesBy, verifierSources } from '../facts.ts';
import { manualGauges, stoppedGauges } from '../gauges.ts';
import { composeLooking } from '../overview.ts';
import { ASK_TIMEOUT_MS, createAsker } from '../page.ts';
import { composePeople } from '../people.ts';
import { sharedReading } from '../readings.ts';
import { crossingNumbers, statusNumbers, watchFollower } from '../seeing.ts';
import { composeStatus } from '../status.ts';
import { composeTelling, tellingHandoffs } from '../telling.ts';
import { readDescription } from './description.ts';
import type { Part, PartPlace } from './part.ts';

const name = z.string().min(1).max(100);
const verifier = z.strictObject({ id: name, name });

/** `pages.json`: whom it asks how they do, and whose answers tell people what changed. */
export const pagesDescriptionSchema = z.strictObject({
  parts: z.array(z.string().regex(/^[a-z]{1,32}$/)).max(16),
  verifiers: z.array(verifier).min(1).max(64),
  /** The verifier that programs ask: its course of answers is on a person's page. */
  verifier: name,
  /** Two whose answers are compared. */
  compared: z.tuple([name, name]).optional(),
});
export type PagesDescription = z.output<typeof pagesDescriptionSchema>;

export type PagesNeighbours = {
  readonly operatorKey: string;
  /** How people are told of changes; absent: not at all. */
  readonly notify?: string;
};

const HOST = 'whoever runs pages';
const DATABASE_PATIENCE_MS = 1_000;
/** Longer than a role takes for the slowest of its own sources. */
const PART_DEADLINE_MS = 2_500;
const SHARED_FOR_MS = 250;
/** Below what a reading may take. */
const NUMBERS_MS = 1_500;
const NUMBERED = ['network', 'ledger', 'distributor'] as const;
/** A verifier is asked at its own door. */
const KEEPING_HANDLES = ['governor', 'issuer'] as const;

/** What goes on without a role, for whoever reads that it is silent. */
const WITHOUT: Readonly<Record<string, string>> = {
  network: 'nothing new is recorded; everybody answers by what they have read',
  governor: 'no decision and no case goes on; what is decided stays in force',
  issuer: 'nothing is issued, and no status list is signed anew',
  ledger: 'no money is set aside or paid',
  distributor: 'no application is taken in, judged or paid',
  eraser: 'nobody is forgotten until it is back: requests are kept by who made them',
};

/**
 * The pages of people and of operators alone: what is wrong, what happened to a credential, a person's own page, the public
 * status page, telling. It has nothing of its own but whom to tell; it asks the others by their addresses, with the operator's
 * key that they all have, and says which of them does not answer.
 */
export async function startPagesPart(
  place: PartPlace,
  { operatorKey, notify }: PagesNeighbours,
  /** Whom it asks where its data folder does not say. */
  usual: PagesDescription | undefined,
): Promise<Part> {
  const { platform, app, operators, logins, stop, started, networkUrl: url, origin, source } = place;
  const described = await readDescription(place.dataFolder, 'pages.json', pagesDescriptionSchema, usual);
  const { verifiers } = described;
  const { clock, entropy, engine } = platform;
  const follower = started.use(
    createFollower({
      ...{ network: place.network, source, store: createFollowerStoreMemory(), beginAt: 'snapshot' },
      ...{ engine, clock, entropy },
    }),
  );
  watchFollower(platform, 'pages', follower);
  await follower.start(stop);
  const state = () => follower.state;
  const databaseUrl = await logins.of('person');
  const ask = createAsker(url, operatorKey);
  const parts = askedParts(described, { url, operatorKey, clock });
  const readEntries = async (from: number, to: number) =>
    source.fetchEntries(from, to, AbortSignal.timeout(ASK_TIMEOUT_MS));
  const probe = started.use(createDatabaseProbe(databaseUrl, DATABASE_PATIENCE_MS));
  const by = sourcesBy(HOST);
  const matters = createHttpMatters({ url, operatorKey, clock });
  const telling = await composePeople(app, platform, {
    ...{ origin, ask, matters, state, readEntries, verifier: described.verifier },
    ...(notify === undefined
      ? {}
      : {
          notify: async (desk) =>
            started.use(
              await composeTelling(
                platform,
                { origin, keysFolder: place.keysFolder, databaseUrl, notify, by: place.by },
                desk,
                stop,
              ),
            ),
        }),
  });
  const crossings: readonly HandoffSource[] = [...parts.handoffs, ...tellingHandoffs(telling)];
  const looking = composeLooking(
    app,
    platform,
    {
      ...{ origin, operators, host: HOST, state, verifiers, ask, compared: described.compared },
      sources: [
        by.own('database', async () => ({ database: { isAnswering: await probe.isAnswering() } })),
        by.own('outlets', async () => outletFacts(platform, 'pages')),
        by.own('disk', () => diskFact(place.dataFolder)),
        by.own('cases', async () => caseFacts(state())),
        by.stored('telling', () => handoffFacts(tellingHandoffs(telling), undefined, HOST)),
        ...parts.sources,
        ...verifierSources(by, ask, verifiers, described.compared),
      ],
      handoffs: crossings,
      backlogs: async () => (await parts.read('distributor')).backlogs ?? [],
      book: {
        ...{ stream: source.stream, readEntries, size: () => follower.position?.size ?? 0 },
        publishedAsOf: async () => oldestToken(await parts.read('issuer').catch(() => ({}))),
      },
      readIssued: async (tenant, label) => issuedIn(await ask(issuedPath(tenant, label))),
    },
    stop,
  );
  const readStatus = composeStatus(app, {
    ...{ clock, ask, state, handoffs: crossings, compared: described.compared },
    log: async () => logOf(await parts.read('network').catch(() => ({})), follower.position),
    verifiers,
  });
  frontPageRoutes(app, {
    ...{ read: readStatus, state, operators, words: PAGE_WORDS },
    sentence: async () => (await looking.read()).sentence,
  });
  const asked = { parts: described.parts, url, operatorKey };
  openHandles(place, asked);
  return {
    name: 'pages',
    readiness: async () => (follower.position === undefined ? 'has read nothing yet' : 'ready'),
    numbers: [
      ...numbersOfParts(place, asked),
      ...crossingNumbers(clock, crossings),
      statusNumbers(clock, readStatus),
      () => manualGauges(manualRate(state())),
      async () => stoppedGauges((await looking.read()).read.verifiers),
    ],
    state,
    crossings,
    answered: [...described.parts, 'verifier'],
    overview: looking.latest,
  };
}

type Reach = Pick<PagesDescription, 'parts'> & { readonly url: string; readonly operatorKey: string };

/** What single roles know of the whole network: said here again, so that it is one process that has all of it. */
function numbersOfParts({ platform: { clock } }: PartPlace, { parts, ...reach }: Reach): readonly GaugeSource[] {
  const asked = NUMBERED.filter((name) => parts.includes(name));
  return asked.map((part) => createHttpPartNumbers({ ...reach, clock, timeoutMs: NUMBERS_MS, part }));
}

/** The handles of one credential, from the roles that keep them. */
function openHandles({ app, platform: { clock }, operators }: PartPlace, { parts, ...reach }: Reach): void {
  const keeping = KEEPING_HANDLES.filter((name) => parts.includes(name));
  if (keeping.length === 0) return;
  handlesRoute(app, { path: '/handles', open: createHttpHandles({ ...reach, clock, parts: keeping }), operators });
}

type AskedParts = {
  readonly sources: readonly FactSource[];
  /** What each has open; throws `part.unreachable` while it does not say. */
  readonly handoffs: readonly HandoffSource[];
  /** What one of them says, of about now. Throws `part.unreachable`. */
  readonly read: (part: string) => Promise<ToldFacts>;
};

/** Each role by one question at a time, whoever wants to know: the overview, its crossings, what it has published. */
function askedParts(
  { parts, verifiers }: PagesDescription,
  { url, operatorKey, clock }: { readonly url: string; readonly operatorKey: string; readonly clock: Clock },
): AskedParts {
  const reach = (part: string, path?: string) =>
    askedPart(
      createHttpPartFacts({ ...{ url, operatorKey, clock, part }, ...(path === undefined ? {} : { path }) }),
      clock,
    );
  const roles = parts.map((part) => reach(part));
  // What a verifier says at its own door says already that it is away, and what waits for it.
  const readers = verifiers.map(({ id }) => reach(id, `/v/${encodeURIComponent(id)}/facts`));
  const of = ({ part, read }: PartFacts): FactSource => ({
    ...{ part, owner: `whoever runs ${part}`, needs: 'database', read, deadlineMs: PART_DEADLINE_MS },
    ...{ affected: WITHOUT[part] ?? 'what it would tell is missing here', command: `npx holdfast up --roles ${part}` },
  });
  return {
    sources: [...roles.map(of), ...readers.map((reader) => ({ ...of(reader), whenSilent: {} }))],
    handoffs: [...roles, ...readers].map((one) => () => handoffsOf(one)),
    read: async (part) => {
      const found = roles.find((role) => role.part === part);
      if (found === undefined) throw new CodedError('part.none', `pages.json names no role ${part}.`, { part });
      return found.read();
    },
  };
}

function askedPart({ part, read }: PartFacts, clock: Clock): PartFacts {
  return { part, read: sharedReading(clock, SHARED_FOR_MS, read) };
}

async function handoffsOf({ part, read }: PartFacts) {
  const { handoffs, moreHandoffs: more = 0, silent = [] } = await read();
  // A list without its part would say that nothing waits there.
  if (handoffs === undefined && silent.length > 0) {
    throw new CodedError('part.unreachable', `The ${part} of this network cannot say what waits there.`, { part });
  }
  return { handoffs: handoffs ?? [], more };
}

/** The network's own word; without it how far we have read, from which anybody sees how long nothing has come. */
function logOf({ log }: ToldFacts, position: Position | undefined) {
  if (log !== undefined) return log;
  if (position === undefined) return { state: 'starting', size: 0, lastEpochAt: 0 };
  return { state: 'running', size: position.size, lastEpochAt: position.time };
}

/** A decision is published once every list says it: it names none. Undefined while one of them is behind. */
function oldestToken({ lists = [] }: ToldFacts): number | undefined {
  if (lists.length === 0 || lists.some(({ isBehind }) => isBehind === true)) return undefined;
  return Math.min(...lists.map(({ asOf }) => asOf));
}

const issuedSchema = z.array(
  z.object({ id: z.string(), list: z.string(), index: z.int(), type: z.string(), issuedAt: z.int() }),
);

function issuedPath(tenant: string, label: string): string {
  return `/i/${encodeURIComponent(tenant)}/credentials?${new URLSearchParams({ label })}`;
}

function issuedIn(answer: unknown): readonly IssuedView[] {
  return issuedSchema.parse(answer) as readonly IssuedView[];
}

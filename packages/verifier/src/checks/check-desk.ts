import {
  type CheckEvidence,
  type Credential,
  canonicalJson,
  type JsonObject,
  type NetworkView,
  sha256Base64url,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { Clock } from '../verify/clock.ts';
import type { Deadline } from '../verify/deadline.ts';
import { type Accepted, type Ignored, verifyHanded } from './accepted.ts';
import { type AcceptFrom, type CheckConfig, isRequired } from './check-policy.ts';
import type { CheckResultStore, KeptResult } from './check-result-store.ts';
import type { ExternalCheck } from './external-check.ts';
import { createLane, type Flight, type Lane, type LaneAnswer, type LaneStatus } from './lane.ts';

/** One credential, authentic and otherwise good, that somebody else is to be asked about. */
export type CheckQuestionnaire = {
  readonly parsed: Credential;
  readonly class: 'pay' | 'view';
  readonly byProfile: readonly string[];
  readonly issuer: string;
  readonly view: NetworkView | undefined;
  readonly deadline: Deadline;
  /** Unix milliseconds. */
  readonly now: number;
  /** Signed statements that holder or caller hand along. */
  readonly handed: readonly string[];
  /** Whether checkers may be asked; else only what is known counts. A review is looked up either way. */
  readonly mayAsk: boolean;
};

export type CheckResults = {
  readonly checks: readonly CheckEvidence[];
  /** How long each took this question, in milliseconds, by its id. */
  readonly durations: ReadonlyMap<string, number>;
  /** Unix milliseconds by which every check that is still under way will have been answered, whatever anyone does. */
  readonly promisedBy?: number;
  readonly ignored: readonly Ignored[];
};

/** The checks of one policy. Making another desk for another policy touches nobody who uses this one. */
export type CheckDesk = {
  /** Ids of the checks that such a question needs; empty when it needs none, and then no lane is looked at. */
  required(asked: Parameters<typeof isRequired>[1]): readonly CheckConfig[];
  gather(asked: CheckQuestionnaire): Promise<CheckResults>;
};

/** Lanes outlive the policies that name them: a check that stays as it was keeps its results and what it knows of its checker. */
export type CheckLanes = {
  desk(policy: AskingPolicy): CheckDesk;
  /** Forgets the lanes that this policy does not name. Who is still in one gets an answer from it. */
  retain(policy: AskingPolicy): void;
  status(): ReadonlyMap<string, LaneStatus>;
};

/** The part of a policy that checks depend on. */
export type AskingPolicy = {
  readonly checks?: readonly CheckConfig[];
  readonly acceptFrom?: readonly AcceptFrom[];
  readonly allowLoopback: boolean;
};

export type CheckLanesOptions = {
  readonly clock: Clock;
  readonly engine: SignatureEngine;
  readonly entropy: (length: number) => Uint8Array;
  /** Makes what asks a checker. Throws what the policy gets wrong, before anything changes. */
  readonly createCheck: (config: CheckConfig, policy: Pick<AskingPolicy, 'allowLoopback'>) => ExternalCheck;
  /** Where results outlive the process; without it a restart asks again. */
  readonly stored?: CheckResultStore;
  readonly onSettled?: (check: string, credential: string) => void;
};

export function createCheckLanes(options: CheckLanesOptions): CheckLanes {
  /** At most one for each check of the policies in force. */
  const lanes = new Map<string, Lane>();

  function laneOf(config: CheckConfig, allowLoopback: boolean): Lane {
    const name = nameOf(config, allowLoopback);
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const check = options.createCheck(config, { allowLoopback });
    const lane = createLane({ ...options, config, check, digest: sha256Base64url(name) });
    lanes.set(name, lane);
    return lane;
  }

  return {
    desk({ checks = [], acceptFrom = [], allowLoopback }) {
      const own = checks.map((config) => laneOf(config, allowLoopback));
      return createDesk(options, own, acceptFrom);
    },
    retain({ checks = [], allowLoopback }) {
      const named = new Set(checks.map((config) => nameOf(config, allowLoopback)));
      for (const name of lanes.keys()) if (!named.has(name)) lanes.delete(name);
      // What is not forgotten there now falls due by itself.
      void options.stored?.retain([...named].map((name) => sha256Base64url(name))).catch(() => undefined);
    },
    status: () => new Map([...lanes.values()].map((lane) => [lane.config.id, lane.status()])),
  };
}

/** Another setting is another lane, but for when it is asked: that says nothing about the checker. */
function nameOf({ requiredFor: _, ...config }: CheckConfig, allowLoopback: boolean): string {
  return canonicalJson({ ...config, allowLoopback });
}

const NOTHING_HANDED: Accepted = { results: new Map(), ignored: [] };

function createDesk(
  { clock, engine }: CheckLanesOptions,
  lanes: readonly Lane[],
  acceptFrom: readonly AcceptFrom[],
): CheckDesk {
  const requiredLanes = (asked: Parameters<typeof isRequired>[1]) =>
    lanes.filter(({ config }) => isRequired(config, asked));

  /** Own word or another's, as long as it is young enough by the check and by whoever's word it is. */
  function isUsable({ found, party }: KeptResult, { id, maxAgeMs }: CheckConfig, now: number): boolean {
    const ageMs = now - found.asOf;
    if (ageMs > maxAgeMs) return false;
    if (party === undefined) return true;
    return acceptFrom.some((entry) => entry.party === party && entry.checks.includes(id) && ageMs <= entry.maxAgeMs);
  }

  async function answerOne(
    lane: Lane,
    asked: CheckQuestionnaire,
    credential: string,
    readHanded: () => Promise<Accepted>,
  ): Promise<LaneAnswer> {
    const { config } = lane;
    const { load } = lane;
    const known = lane.kept(credential);
    // Time that is spent here is missing for asking: whoever has none left is answered from memory.
    const kept =
      known ?? (load === undefined ? undefined : await asked.deadline.within(() => load(credential), undefined));
    if (kept !== undefined && isUsable(kept, config, asked.now)) return kept;
    const handed = (await readHanded()).results.get(config.id);
    if (handed !== undefined && isUsable(handed, config, asked.now)) {
      lane.keep(credential, handed);
      return handed;
    }
    const answer = await askLane(lane, asked, credential);
    // A no stays one until there is another answer; a yes that is too old is none.
    const isOldNo = kept?.found.result === 'failed' && kept.party === undefined;
    return 'why' in answer && isOldNo ? kept : answer;
  }

  async function askLane(lane: Lane, asked: CheckQuestionnaire, credential: string): Promise<LaneAnswer> {
    const { config } = lane;
    if (config.kind === 'accepted') return { why: 'check.not_known' };
    const flight = lane.underWay(credential) ?? startFlight(lane, asked, credential);
    if ('why' in flight) return flight;
    const late: LaneAnswer = { why: 'check.silent', by: wallTimeOf(flight.endsAtMs) };
    return asked.deadline.within(() => flight.answer, late);
  }

  function startFlight(lane: Lane, asked: CheckQuestionnaire, credential: string): Flight | { readonly why: string } {
    const { config } = lane;
    const mayAsk = asked.mayAsk || config.kind === 'review';
    // Whoever has no time left gets what is here: under load, nobody starts what nobody waits for.
    if (!mayAsk || asked.deadline.remainingMs() === 0) return { why: 'check.silent' };
    const claims = claimsFor(config, asked.parsed.claims);
    if (claims === undefined) return { why: 'check.claims_missing' };
    const { status, vct: type } = asked.parsed;
    const isShown = config.kind === 'review' && status !== undefined;
    const place = isShown ? { place: { list: status.uri, index: status.index } } : {};
    return lane.ask({ check: config.id, credential, type, issuer: asked.issuer, claims, ...place });
  }

  function wallTimeOf(monotonicMs: number): number {
    return clock.now() + Math.max(0, Math.ceil(monotonicMs - clock.monotonic()));
  }

  return {
    required: (asked) => requiredLanes(asked).map(({ config }) => config),
    async gather(asked) {
      const { parsed, handed } = asked;
      const credential = sha256Base64url(parsed.issuerJwt.signingInput);
      const wanted = { type: parsed.vct, class: asked.class, byProfile: asked.byProfile };
      let accepted: Promise<Accepted> | undefined;
      // Only what a check needs is read, and once for all of them.
      const readHanded = () => {
        const { view, now } = asked;
        accepted ??=
          handed.length === 0
            ? Promise.resolve(NOTHING_HANDED)
            : verifyHanded(engine, { texts: handed, credential, acceptFrom, view, now });
        return accepted;
      };
      const durations = new Map<string, number>();
      const answers = await Promise.all(
        requiredLanes(wanted).map(async (lane) => {
          const startedMs = clock.monotonic();
          const answer = await answerOne(lane, asked, credential, readHanded);
          durations.set(lane.config.id, clock.monotonic() - startedMs);
          return { config: lane.config, answer };
        }),
      );
      const promises = answers.flatMap(({ answer }) => ('by' in answer && answer.by !== undefined ? [answer.by] : []));
      return {
        checks: answers.map(({ config, answer }) => evidenceOf(config, answer, acceptFrom)),
        durations,
        ...(promises.length === 0 ? {} : { promisedBy: Math.max(...promises) }),
        ignored: accepted === undefined ? [] : (await accepted).ignored,
      };
    },
  };
}

function evidenceOf(
  { id, maxAgeMs, onSilence }: CheckConfig,
  answer: LaneAnswer,
  acceptFrom: readonly AcceptFrom[],
): CheckEvidence {
  if ('why' in answer) return { id, maxAgeMs, onSilence, found: { ok: false, why: answer.why } };
  const { found, party } = answer;
  const limits = acceptFrom.filter((entry) => entry.party === party && entry.checks.includes(id));
  // Another's word lasts as long as its acceptance says, if that is shorter.
  const accepted = party === undefined ? maxAgeMs : Math.max(0, ...limits.map((entry) => entry.maxAgeMs));
  return { id, maxAgeMs: Math.min(maxAgeMs, accepted), onSilence, found };
}

/** The claims that this checker is shown; undefined when one of them was not disclosed, since it could not answer without. */
function claimsFor({ claims }: CheckConfig, disclosed: JsonObject): JsonObject | undefined {
  const shown: Record<string, JsonObject[string]> = {};
  for (const name of claims) {
    const value = Object.hasOwn(disclosed, name) ? disclosed[name] : undefined;
    if (value === undefined) return undefined;
    shown[name] = value;
  }
  return shown;
}

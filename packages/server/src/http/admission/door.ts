import { Readable } from 'node:stream';
import {
  type AdmissionClass,
  type AdmissionTerms,
  type AdmissionView,
  COHORTS,
  CodedError,
  cohortOf,
  createGate,
  createHourlyDigest,
  DEFAULT_ADMISSION_TERMS,
  type Gate,
  type GateTurn,
  isInSlot,
  type Moved,
  type ShedReason,
  slotOf,
} from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import { type OperatorKeys, operatorOf } from '../operators.ts';
import { type BodyArrivals, createBodyArrivals, tooLarge } from './body-arrival.ts';
import { boundConnections, type ConnectionView } from './connection-bound.ts';
import { createLoopLag, type LoopLag } from './loop-lag.ts';
import { classOfRoute, type RouteKind } from './route-class.ts';

/** Bounds of one process's door. Times in milliseconds. */
export type DoorBounds = {
  readonly maxConnections: number;
  readonly maxArriving: number;
  readonly bodyTimeoutMs: number;
  /** Requests with an operator's key that ride in `govern` at once, and in `settle`; more ride as if they had none. */
  readonly maxKeyedGovern: number;
  readonly maxKeyedSettle: number;
  /** Bodies that are looked at at once for an officer's signature; more are looked at in their turn, with those who look around. */
  readonly maxTesting: number;
  /** Shed verifications that get a verdict at once. */
  readonly maxShedVerdicts: number;
};

export const DEFAULT_DOOR_BOUNDS: DoorBounds = {
  maxConnections: 4_096,
  maxArriving: 1_024,
  bodyTimeoutMs: 10_000,
  maxKeyedGovern: 8,
  maxKeyedSettle: 32,
  maxTesting: 32,
  maxShedVerdicts: 8,
};

export type DoorOptions = {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly operators: OperatorKeys;
  /** Makes cohorts and slots that nobody can compute; the same in all processes behind one address. */
  readonly secret: Uint8Array;
  /** Whether a body carries the signature of an officer in force under something that is not decided yet. */
  readonly isOfficersWord?: (body: unknown) => Promise<boolean>;
  /** When a program's door closes, unix milliseconds. */
  readonly closesAt?: (program: string) => number | undefined;
  readonly terms?: AdmissionTerms;
  readonly bounds?: Partial<DoorBounds>;
};

export type DoorView = {
  readonly classes: AdmissionView;
  readonly arriving: number;
  readonly shedVerdicts: { readonly given: number; readonly underWay: number };
  readonly connections: ConnectionView;
  readonly loop: LoopLag;
};

export type Door = {
  /** Whether this verification was shed, and is answered from what is here, at once. */
  readonly isShed: (request: FastifyRequest) => boolean;
  readonly read: () => DoorView;
};

type Visit = {
  class: AdmissionClass;
  kind: RouteKind;
  readonly deadlineAt?: number;
  state: 'new' | 'testing' | 'waiting' | 'running' | 'local' | 'over';
  startedAt: number;
  isKeyed: boolean;
  settle: (why: ShedReason | 'gone' | undefined) => void;
};

const TICK_MS = 100;
const STALE_MS = 50;
/** Attempts and milliseconds that a client says of itself. */
const ATTEMPT = /^[0-3]$/;
const DEADLINE = /^[0-9]{1,7}$/;
const HANDLE = /^[\x21-\x7e]{1,255}$/;

/**
 * Lets requests in by their class, or tells them no before anything of them is parsed. To be opened before its app listens. A
 * body is received first and takes its place afterwards, so that nobody holds one by sending slowly; nor by reading slowly, as
 * a place is given back with the answer.
 */
export function openDoor(app: FastifyInstance, options: DoorOptions): Door {
  const bounds = { ...DEFAULT_DOOR_BOUNDS, ...options.bounds };
  const { clock } = options;
  const now = () => clock.monotonic();
  const gate = createGate<Visit>(options.terms ?? DEFAULT_ADMISSION_TERMS, now());
  const lag = createLoopLag();
  const arrivals = createBodyArrivals(bounds);
  const visits = new WeakMap<FastifyRequest, Visit>();
  const inside = new Inside({ gate, now, bounds });
  const refusals = createRefusals(options, gate);
  const connections = boundConnections(app.server, bounds.maxConnections);
  beat(app, now, (dueMs, nowMs) => {
    lag.note(dueMs, nowMs);
    arrivals.sweep(nowMs);
    inside.take(gate.tick(nowMs));
  });

  app.addHook('onRequest', async (request, reply) => {
    const visit = inside.welcome(request, options.operators, lag.read(now()).lagMs);
    if (visit === undefined) return;
    visits.set(request, visit);
    reply.raw.once('close', () => inside.end(visit));
    if (visit.kind === 'word') return;
    const why = gate.arrive(askedBy(visit), refusals.turnOf(request, visit.class), now());
    if (why !== undefined && !inside.answerHere(visit, why)) throw refusals.of(request, visit, why);
  });
  app.addHook('preParsing', async (request, reply, payload) => {
    const visit = visits.get(request);
    if (visit === undefined) return payload;
    const body = await receive(arrivals, request, reply, payload, now());
    if (visit.kind === 'word' && inside.beginTest(visit)) return body;
    if (visit.state === 'new') await pass(request, visit);
    return body;
  });
  app.addHook('preHandler', async (request) => {
    const visit = visits.get(request);
    if (visit?.state !== 'testing') return;
    const isWord = (await options.isOfficersWord?.(request.body).catch(() => false)) ?? false;
    inside.endTest(visit, isWord ? 'govern' : visit.class);
    await pass(request, visit);
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    const visit = visits.get(request);
    if (visit !== undefined && !(payload instanceof Readable)) inside.end(visit);
  });

  async function pass(request: FastifyRequest, visit: Visit): Promise<void> {
    // What was read late was perhaps asked by somebody who has left since: that is known one turn later.
    if (lag.read(now()).lagMs >= STALE_MS) await new Promise((resolve) => setImmediate(resolve));
    const why = await inside.enter(visit);
    if (why !== undefined && !inside.answerHere(visit, why)) throw refusals.of(request, visit, why);
  }

  return {
    isShed: (request) => visits.get(request)?.state === 'local',
    read: () => ({
      classes: gate.read(now()),
      arriving: arrivals.count(),
      shedVerdicts: inside.shedVerdicts(),
      connections: connections(),
      loop: lag.read(now()),
    }),
  };
}

type InsidePorts = { readonly gate: Gate<Visit>; readonly now: () => number; readonly bounds: DoorBounds };

/** Everybody whose request is not over. */
class Inside {
  readonly #ports: InsidePorts;
  #testing = 0;
  #local = 0;
  #given = 0;
  readonly #keyed = { govern: 0, settle: 0 };

  constructor(ports: InsidePorts) {
    this.#ports = ports;
  }

  /** Undefined for what is let in without more ado. */
  welcome(request: FastifyRequest, operators: OperatorKeys, lagMs: number): Visit | undefined {
    const { kind, class: name } = classOfRoute(request.method, request.routeOptions.url);
    if (kind === 'free') return undefined;
    // What a client gives has been running while this process stood still.
    const remaining = headerOf(request, 'holdfast-deadline-ms', DEADLINE);
    const deadline = remaining === undefined ? {} : { deadlineAt: this.#ports.now() + Number(remaining) - lagMs };
    const visit: Visit = {
      class: name,
      kind,
      ...deadline,
      state: 'new',
      startedAt: 0,
      isKeyed: false,
      settle: () => {},
    };
    const hasKey = operatorOf(request, operators) !== undefined;
    return hasKey ? this.#lift(visit) : visit;
  }

  /** A key alone lifts a few at a time: whoever has stolen one takes no officer's place by it. */
  #lift(visit: Visit): Visit {
    const { maxKeyedGovern, maxKeyedSettle } = this.#ports.bounds;
    const better = visit.kind === 'keyed' && this.#keyed.govern < maxKeyedGovern ? 'govern' : 'settle';
    if (better === 'settle' && this.#keyed.settle >= maxKeyedSettle) return visit;
    this.#keyed[better] += 1;
    const kind = visit.kind === 'verdict' ? 'gated' : visit.kind;
    return Object.assign(visit, { class: better, kind, isKeyed: true });
  }

  beginTest(visit: Visit): boolean {
    if (this.#testing >= this.#ports.bounds.maxTesting) return false;
    this.#testing += 1;
    visit.state = 'testing';
    return true;
  }

  endTest(visit: Visit, name: AdmissionClass): void {
    if (visit.state !== 'testing') return;
    this.#testing -= 1;
    visit.state = 'new';
    if (!visit.isKeyed || name === 'govern') visit.class = this.#keep(visit, name);
  }

  #keep(visit: Visit, name: AdmissionClass): AdmissionClass {
    if (visit.isKeyed) this.#keyed[visit.class as 'govern' | 'settle'] -= 1;
    visit.isKeyed = false;
    return name;
  }

  enter(visit: Visit): Promise<ShedReason | 'gone' | undefined> {
    return new Promise((resolve) => {
      if (visit.state === 'over') return resolve('gone');
      visit.state = 'waiting';
      visit.settle = resolve;
      this.take(this.#ports.gate.enter(visit, this.#ports.now()));
    });
  }

  take({ started, shed }: Moved<Visit>): void {
    for (const visit of started) {
      visit.state = 'running';
      visit.startedAt = this.#ports.now();
      visit.settle(undefined);
    }
    for (const { entry, why } of shed) {
      entry.state = 'new';
      entry.settle(why);
    }
  }

  /** A shed verification that can still have a verdict, from what is here. */
  answerHere(visit: Visit, why: ShedReason | 'gone'): boolean {
    if (visit.kind !== 'verdict' || why === 'too-late' || why === 'gone') return false;
    if (this.#local >= this.#ports.bounds.maxShedVerdicts) return false;
    this.#local += 1;
    this.#given += 1;
    visit.state = 'local';
    return true;
  }

  shedVerdicts(): DoorView['shedVerdicts'] {
    return { given: this.#given, underWay: this.#local };
  }

  end(visit: Visit): void {
    const { state } = visit;
    if (state === 'over') return;
    if (state === 'testing') this.#testing -= 1;
    if (state === 'local') this.#local -= 1;
    visit.state = 'over';
    if (state === 'waiting') this.#ports.gate.withdraw(visit);
    if (state === 'waiting') visit.settle('gone');
    if (state === 'running') this.take(this.#ports.gate.leave(visit, visit.startedAt, this.#ports.now()));
    if (visit.isKeyed) this.#keep(visit, visit.class);
  }
}

/** Addresses behind which everybody may be: this machine, and those of private networks, where a proxy stands in front. */
const SHARED = /^(::ffff:)?(127\.|10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)|^(::1$|f[cd])/;

/** By where it asks from; from where everybody does, each connection is somebody. */
function placeOf({ ip, socket }: FastifyRequest): string {
  return SHARED.test(ip) ? `${ip} ${socket.remotePort ?? 0}` : ip;
}

/** Who is told no, in words, and when their turn is. */
function createRefusals({ secret, closesAt, clock, terms = DEFAULT_ADMISSION_TERMS }: DoorOptions, gate: Gate<Visit>) {
  const digest = createHourlyDigest(secret);
  const programOf = ({ params }: FastifyRequest) => (params as { readonly program?: string } | undefined)?.program;

  /** Known by what it calls its request, else by where it asks from. */
  function askerOf(request: FastifyRequest) {
    const handle = headerOf(request, 'idempotency-key', HANDLE) ?? placeOf(request);
    return { handle, name: { scope: programOf(request) ?? request.routeOptions.url ?? '', handle } };
  }

  return {
    turnOf(request: FastifyRequest, name: AdmissionClass): GateTurn {
      const at = clock.now();
      return {
        readCohort: () => cohortOf(digest, askerOf(request).handle, at),
        isInSlot: () => isInSlot(digest, askerOf(request).name, at, terms.classes[name]),
      };
    },
    of(request: FastifyRequest, visit: Visit, why: ShedReason | 'gone'): CodedError {
      const { class: name } = visit;
      if (why === 'too-late') {
        return new CodedError('request.too-late', 'This cannot be answered by the deadline that it carries.', {
          class: name,
        });
      }
      const program = programOf(request);
      const until = program === undefined ? undefined : closesAt?.(program);
      const attempt = Number(headerOf(request, 'holdfast-attempt', ATTEMPT) ?? 0);
      const slot = { spreadMs: terms.classes[name].spreadMs, attempt, ...(until === undefined ? {} : { until }) };
      const notBefore = slotOf(digest, askerOf(request).name, clock.now(), slot);
      const cursor = gate.read(clock.monotonic())[name].cursor;
      return new CodedError('request.shed', 'More comes in than can be done now; this has its turn later.', {
        ...{ class: name, cursor, of: COHORTS, notBefore },
      });
    },
  };
}

async function receive(
  arrivals: BodyArrivals,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: Readable,
  now: number,
): Promise<Readable> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return payload;
  const maxBytes = request.routeOptions.bodyLimit;
  try {
    if (Number(length ?? 0) > maxBytes) throw tooLarge(maxBytes);
    return await arrivals.receive(payload, maxBytes, now);
  } catch (error) {
    // What else is on its way is not waited for.
    reply.header('connection', 'close');
    throw error;
  }
}

/** Calls again and again, and says when that was due. */
function beat(app: FastifyInstance, now: () => number, work: (dueMs: number, nowMs: number) => void): void {
  let dueMs = now() + TICK_MS;
  const timer = setInterval(() => {
    const nowMs = now();
    work(dueMs, nowMs);
    dueMs = nowMs + TICK_MS;
  }, TICK_MS);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

function askedBy({ class: name, deadlineAt }: Visit) {
  return deadlineAt === undefined ? { class: name } : { class: name, deadlineAt };
}

function headerOf({ headers }: FastifyRequest, name: string, pattern: RegExp): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

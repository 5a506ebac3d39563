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
import { routeOf } from '../asked-route.ts';
import { type OperatorKeys, operatorOf } from '../operators.ts';
import { createQuickProblem } from '../problem.ts';
import { type BodyArrivals, createBodyArrivals, type Received, tooLarge } from './body-arrival.ts';
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
  /** Calls for everybody who is told no at this door, with the code that they are told. */
  readonly onRefused: (listen: (name: AdmissionClass, code: RefusalCode) => void) => void;
};

export type RefusalCode = 'request.shed' | 'request.too-late';

type Visit = {
  class: AdmissionClass;
  kind: RouteKind;
  readonly deadlineAt?: number;
  state: 'new' | 'testing' | 'waiting' | 'running' | 'local' | 'over';
  startedAt: number;
  isKeyed: boolean;
  settle: (why: ShedReason | 'gone' | undefined) => void;
};

/** On the request itself: of a map by requests the collector would look through every entry again and again. */
const VISIT = Symbol('visit');
type Visiting = FastifyRequest & { [VISIT]?: Visit };

function visitOf(request: Visiting): Visit | undefined {
  return request[VISIT];
}

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
  const inside = new Inside({ gate, now, bounds });
  const refusals = createRefusals(options, gate);
  const listeners: Parameters<Door['onRefused']>[0][] = [];
  const connections = boundConnections(app.server, bounds.maxConnections);
  beat(app, now, (dueMs, nowMs) => {
    lag.note(dueMs, nowMs);
    arrivals.sweep(nowMs);
    inside.take(gate.tick(nowMs));
  });

  // Hooks with a call at the end, and none of them a promise: everybody comes by here, and most of those who are told no.
  app.addHook('onRequest', (request, reply, done) => {
    const visit = inside.welcome(request, options.operators, lag.read(now()).lagMs);
    if (visit === undefined) return done();
    (request as Visiting)[VISIT] = visit;
    reply.raw.on('close', () => inside.end(visit));
    if (visit.kind === 'word') return done();
    const why = gate.arrive(askedBy(visit), refusals.turnOf(request, visit.class), now());
    if (why === undefined || inside.answerHere(visit, why)) done();
    else refuse(request, reply, visit, why);
  });
  app.addHook('preParsing', (request, reply, payload: Readable, done) => {
    const visit = visitOf(request);
    if (visit === undefined) return done(null, payload);
    receive(arrivals, { request, reply, payload, now: now() }, (error, received) => {
      if (error !== undefined) return done(error);
      const body = received ?? payload;
      if (visit.kind === 'word' && inside.beginTest(visit)) return done(null, body);
      if (visit.state === 'new') return pass(request, reply, visit, () => done(null, body));
      done(null, body);
    });
  });
  app.addHook('preHandler', (request, reply, done) => {
    const visit = visitOf(request);
    if (visit?.state !== 'testing') return done();
    const tested = Promise.resolve(options.isOfficersWord?.(request.body) ?? false);
    void tested
      .catch(() => false)
      .then((isWord) => {
        inside.endTest(visit, isWord ? 'govern' : visit.class);
        pass(request, reply, visit, done);
      });
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    const visit = visitOf(request);
    if (visit !== undefined && !(payload instanceof Readable)) inside.end(visit);
    done();
  });

  function pass(request: FastifyRequest, reply: FastifyReply, visit: Visit, goOn: () => void): void {
    const enter = () =>
      inside.enter(visit, (why) => {
        if (why === undefined || inside.answerHere(visit, why)) goOn();
        else refuse(request, reply, visit, why);
      });
    // What was read late was perhaps asked by somebody who has left since: that is known one turn later.
    if (lag.read(now()).lagMs >= STALE_MS) setImmediate(enter);
    else enter();
  }

  /** Whoever is told no goes no further: no hook, no parser and no handler hears of them, but those who ask to be told. */
  function refuse(request: FastifyRequest, reply: FastifyReply, visit: Visit, why: ShedReason | 'gone'): void {
    const code = refusals.answer(request, reply, visit, why);
    inside.end(visit);
    for (const listen of listeners) listen(visit.class, code);
  }

  return {
    isShed: (request) => visitOf(request)?.state === 'local',
    onRefused: (listen) => void listeners.push(listen),
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
    const { kind, class: name } = classOfRoute(request.method, routeOf(request).url);
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

  enter(visit: Visit, settle: Visit['settle']): void {
    if (visit.state === 'over') settle('gone');
    else {
      visit.state = 'waiting';
      visit.settle = settle;
      this.take(this.#ports.gate.enter(visit, this.#ports.now()));
    }
  }

  /** Each goes on in a turn of its own: what one of them does then moves others again. */
  take({ started, shed }: Moved<Visit>): void {
    for (const visit of started) {
      visit.state = 'running';
      visit.startedAt = this.#ports.now();
      queueMicrotask(() => visit.settle(undefined));
    }
    for (const { entry, why } of shed) {
      entry.state = 'new';
      queueMicrotask(() => entry.settle(why));
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

const tooLate = createQuickProblem(
  new CodedError('request.too-late', 'This cannot be answered by the deadline that it carries.'),
);
const shed = createQuickProblem(
  new CodedError('request.shed', 'More comes in than can be done now; this has its turn later.'),
);

/** Who is told no, in words, and when their turn is. */
function createRefusals({ secret, closesAt, clock, terms = DEFAULT_ADMISSION_TERMS }: DoorOptions, gate: Gate<Visit>) {
  const digest = createHourlyDigest(secret);
  const programOf = ({ params }: FastifyRequest) => (params as { readonly program?: string } | undefined)?.program;

  /** Known by what it calls its request, else by where it asks from. */
  function askerOf(request: FastifyRequest) {
    const handle = headerOf(request, 'idempotency-key', HANDLE) ?? placeOf(request);
    return { handle, name: { scope: programOf(request) ?? routeOf(request).url ?? '', handle } };
  }

  return {
    turnOf(request: FastifyRequest, name: AdmissionClass): GateTurn {
      const at = clock.now();
      return {
        readCohort: () => cohortOf(digest, askerOf(request).handle, at),
        isInSlot: () => isInSlot(digest, askerOf(request).name, at, terms.classes[name]),
      };
    },
    answer(request: FastifyRequest, reply: FastifyReply, visit: Visit, why: ShedReason | 'gone'): RefusalCode {
      const { class: name } = visit;
      if (why === 'too-late') {
        tooLate(reply, { class: name });
        return 'request.too-late';
      }
      const program = programOf(request);
      const until = program === undefined ? undefined : closesAt?.(program);
      const attempt = Number(headerOf(request, 'holdfast-attempt', ATTEMPT) ?? 0);
      const slot = { spreadMs: terms.classes[name].spreadMs, attempt, ...(until === undefined ? {} : { until }) };
      const notBefore = slotOf(digest, askerOf(request).name, clock.now(), slot);
      shed(reply, { class: name, cursor: gate.cursorOf(name), of: COHORTS, notBefore });
      return 'request.shed';
    },
  };
}

type Arriving = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly payload: Readable;
  readonly now: number;
};

function receive(arrivals: BodyArrivals, { request, reply, payload, now }: Arriving, received: Received): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const isEmpty = encoding === undefined && (length === undefined || length === '0');
  const maxBytes = routeOf(request).bodyLimit;
  const end: Received = (error, body) => {
    // What else is on its way is not waited for.
    if (error !== undefined) reply.header('connection', 'close');
    received(error, body);
  };
  if (isEmpty) received(undefined);
  else if (Number(length ?? 0) > maxBytes) end(tooLarge(maxBytes));
  else arrivals.receive(payload, maxBytes, now, end);
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

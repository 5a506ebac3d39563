import {
  ADMISSION_CLASSES,
  type AdmissionClass,
  type AdmissionTerms,
  CodedError,
  DEFAULT_ADMISSION_TERMS,
} from '@holdfast/core';
import { z } from 'zod';
import { DEFAULT_DOOR_BOUNDS, type DoorBounds } from '../http/admission/door.ts';
import { DEFAULT_DISTRIBUTOR_BOUNDS } from '../roles/distributor/config.ts';
import { DEFAULT_LEDGER_BOUNDS } from '../roles/ledger/ledger.ts';
import { DEFAULT_NETWORK_BOUNDS } from '../roles/network/network-role.ts';
import { DEFAULT_VERIFIER_BOUNDS } from '../roles/verifier/config.ts';

/** One bound that an operator may set, because another machine needs another one. */
export type Bound = {
  readonly default: number;
  readonly least: number;
  readonly most: number;
  /** What is counted; the unit of what ends in `Ms` is a millisecond. */
  readonly unit: string;
  /** What it bounds, and what happens at the bound. */
  readonly what: string;
};

const { classes, total } = DEFAULT_ADMISSION_TERMS;
const door = DEFAULT_DOOR_BOUNDS;

/** All of them, the one place. What is not here is the same everywhere and stands in the code that it bounds. */
export const BOUNDS = {
  'database.connections': {
    ...range(10, 2, 200),
    unit: 'connections',
    what: 'to PostgreSQL, of each role in each process; who comes then waits',
  },
  'database.waiting': {
    ...range(256, 16, 10_000),
    unit: 'callers',
    what: 'that wait for a connection, of each role; one more is told 503 `database.busy` at once',
  },
  'database.waitMs': { ...range(5_000, 500, 60_000), unit: 'ms', what: 'for a connection; then 503 `database.busy`' },
  'database.statementMs': {
    ...range(15_000, 1_000, 300_000),
    unit: 'ms',
    what: 'that a statement may take, or wait for a lock; then 503 `database.slow`',
  },
  'http.connections': {
    ...range(door.maxConnections, 64, 100_000),
    unit: 'connections',
    what: 'of clients; for one more the one that was idle longest is closed',
  },
  'http.bodies': {
    ...range(door.maxArriving, 16, 20_000),
    unit: 'bodies',
    what: 'on their way at once; for one more the one that began first is told 408 `request.slow`',
  },
  'http.bodyMs': {
    ...range(door.bodyTimeoutMs, 1_000, 14_000),
    unit: 'ms',
    what: 'that a body may take; then 408 `request.slow`. A whole request has 15 s',
  },
  'feed.followers': {
    ...range(DEFAULT_NETWORK_BOUNDS.maxSubscribers, 8, 50_000),
    unit: 'streams',
    what: 'of `/feed`; one more is told 503 `feed.full`, and reads on its own',
  },
  'signatures.threads': {
    ...range(0, 0, 64),
    unit: 'threads',
    what: 'that check signatures where more than one comes at once; 0: one for each core that this process may use',
  },
  'signatures.waiting': {
    ...range(4_096, 64, 65_536),
    unit: 'signatures',
    what: 'that wait to be checked; one more is told 503 `signature.overloaded`',
  },
  'admission.running': {
    ...range(total, 64, 4_096),
    unit: 'requests',
    what: 'that run at once in all; who comes then waits',
  },
  ...classBounds('running', 'requests', (name) => ({
    ...range(classes[name].most, classes[name].least, 4_096),
    what: `of class \`${name}\` that run at once at most; who comes then waits`,
  })),
  ...classBounds('waiting', 'requests', (name) => ({
    ...range(classes[name].maxQueued, 8, 10_000),
    what: `of class \`${name}\` that wait; of one more the oldest is told 503 \`request.shed\``,
  })),
  ...classBounds('waitMs', 'ms', (name) => ({
    ...range(classes[name].patienceMs, 50, 60_000),
    what: `that one of class \`${name}\` may wait; then 503 \`request.shed\`. Where the queue is late, the same share of it as by default`,
  })),
  'network.waiting': {
    ...range(DEFAULT_NETWORK_BOUNDS.maxWaiting, 16, 4_096),
    unit: 'appends',
    what: 'that wait for the log; one more is told 503 `network.overloaded`',
  },
  'network.waitMs': {
    ...range(DEFAULT_NETWORK_BOUNDS.maxWaitMs, 500, 60_000),
    unit: 'ms',
    what: 'that an append may wait; then 503 `network.overloaded`',
  },
  'ledger.waiting': {
    ...range(DEFAULT_LEDGER_BOUNDS.maxWaiting, 500, 262_144),
    unit: 'transfers',
    what: 'and accounts that wait to be written; one more is told 503 `ledger.overloaded`',
  },
  'ledger.waitMs': {
    ...range(DEFAULT_LEDGER_BOUNDS.maxWaitMs, 500, 60_000),
    unit: 'ms',
    what: 'that a call of the ledger may wait; then 503 `ledger.overloaded`, and `ledger.outcome-unknown` once it was sent',
  },
  'ledger.remembered': {
    ...range(DEFAULT_LEDGER_BOUNDS.maxRemembered, 8_192, 4_194_304),
    unit: 'accounts',
    what: 'whose balances the writer has at hand, up to twice as many, about half a KiB each; those of others are read',
  },
  'distributor.waiting': {
    ...range(DEFAULT_DISTRIBUTOR_BOUNDS.maxWaiting, 500, 100_000),
    unit: 'applications',
    what: 'that wait to be written; one more is told 503 `application.overloaded`',
  },
  'distributor.verifications': {
    ...range(DEFAULT_DISTRIBUTOR_BOUNDS.maxVerifications, 1, 64),
    unit: 'verdicts',
    what: 'asked for at once; the others come after them',
  },
  'verifier.waiting': {
    ...range(DEFAULT_VERIFIER_BOUNDS.maxWaiting, 8, 10_000),
    unit: 'verifications',
    what: 'under way from which on none waits for others: it is judged on what is here',
  },
  'verifier.underWay': {
    ...range(DEFAULT_VERIFIER_BOUNDS.maxUnderWay, 64, 50_000),
    unit: 'verifications',
    what: 'under way; one more is told 503 `verify.overloaded`',
  },
} as const satisfies Record<string, Bound>;

export type BoundName = keyof typeof BOUNDS;

/** Every bound of a process, by name. */
export type Bounds = Readonly<Record<BoundName, number>>;

export const BOUND_NAMES = Object.keys(BOUNDS) as readonly BoundName[];

/** What an operator writes: any of the bounds, each a whole number between its least and its most. */
export const boundsSchema = z.strictObject(
  Object.fromEntries(BOUND_NAMES.map((name) => [name, valueSchema(BOUNDS[name])])) as Record<
    BoundName,
    ReturnType<typeof valueSchema>
  >,
);

export const DEFAULT_BOUNDS: Bounds = boundsSchema.parse({});

/** PostgreSQL as it is embedded takes a hundred, and up to nine roles have their pools there. */
const MOST_EMBEDDED_CONNECTIONS = 10;

/** Reads what an operator wrote. Throws `usage.bounds` with the bound that does not hold, and what it may be. */
export function parseBounds(given: unknown, { isEmbedded }: { readonly isEmbedded: boolean }): Bounds {
  const parsed = boundsSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : String(issue?.path[0] ?? ''));
  }
  const bounds = parsed.data;
  if (isEmbedded && bounds['database.connections'] > MOST_EMBEDDED_CONNECTIONS) {
    throw refused('database.connections', { most: MOST_EMBEDDED_CONNECTIONS, why: ' without --database' });
  }
  if (bounds['verifier.waiting'] > bounds['verifier.underWay']) {
    throw refused('verifier.waiting', { most: bounds['verifier.underWay'], why: ', which is verifier.underWay' });
  }
  return bounds;
}

/** What differs from the defaults. */
export function setBounds(bounds: Bounds): Partial<Bounds> {
  return Object.fromEntries(
    BOUND_NAMES.filter((name) => bounds[name] !== BOUNDS[name].default).map((name) => [name, bounds[name]]),
  );
}

/** The bounds of a process, where it was given any. */
export function boundsOf({ bounds }: { readonly bounds?: Bounds }): Bounds {
  return bounds ?? DEFAULT_BOUNDS;
}

/** Of the pool of one role, for `openTables`. */
export function poolOf(platform: { readonly bounds?: Bounds }) {
  const bounds = boundsOf(platform);
  return {
    poolMax: bounds['database.connections'],
    waitingMax: bounds['database.waiting'],
    waitTimeoutMs: bounds['database.waitMs'],
    statementTimeoutMs: bounds['database.statementMs'],
  };
}

export function networkBoundsOf(platform: { readonly bounds?: Bounds }) {
  const bounds = boundsOf(platform);
  return {
    maxWaiting: bounds['network.waiting'],
    maxWaitMs: bounds['network.waitMs'],
    maxSubscribers: bounds['feed.followers'],
  };
}

export function ledgerBoundsOf(platform: { readonly bounds?: Bounds }) {
  const bounds = boundsOf(platform);
  return {
    maxWaiting: bounds['ledger.waiting'],
    maxWaitMs: bounds['ledger.waitMs'],
    maxRemembered: bounds['ledger.remembered'],
  };
}

export function distributorBoundsOf(platform: { readonly bounds?: Bounds }) {
  const bounds = boundsOf(platform);
  return { maxWaiting: bounds['distributor.waiting'], maxVerifications: bounds['distributor.verifications'] };
}

export function verifierBoundsOf(platform: { readonly bounds?: Bounds }) {
  const bounds = boundsOf(platform);
  return { maxWaiting: bounds['verifier.waiting'], maxUnderWay: bounds['verifier.underWay'] };
}

export function doorBoundsOf(platform: { readonly bounds?: Bounds }): Partial<DoorBounds> {
  const bounds = boundsOf(platform);
  return {
    maxConnections: bounds['http.connections'],
    maxArriving: bounds['http.bodies'],
    bodyTimeoutMs: bounds['http.bodyMs'],
  };
}

export function admissionTermsOf(platform: { readonly bounds?: Bounds }): AdmissionTerms {
  const bounds = boundsOf(platform);
  const termsOf = (name: AdmissionClass) => {
    const { patienceMs, lateMs, ...terms } = classes[name];
    const waitMs = bounds[`admission.${name}.waitMs`];
    return {
      ...terms,
      most: bounds[`admission.${name}.running`],
      maxQueued: bounds[`admission.${name}.waiting`],
      patienceMs: waitMs,
      lateMs: Math.round((waitMs * lateMs) / patienceMs),
    };
  };
  return {
    total: bounds['admission.running'],
    classes: Object.fromEntries(ADMISSION_CLASSES.map((name) => [name, termsOf(name)])) as AdmissionTerms['classes'],
  };
}

function range(usual: number, least: number, most: number) {
  return { default: usual, least, most };
}

function classBounds<What extends string>(
  what: What,
  unit: string,
  of: (name: AdmissionClass) => Omit<Bound, 'unit'>,
): Record<`admission.${AdmissionClass}.${What}`, Bound> {
  const entries = ADMISSION_CLASSES.map((name) => [`admission.${name}.${what}`, { unit, ...of(name) }]);
  return Object.fromEntries(entries) as Record<`admission.${AdmissionClass}.${What}`, Bound>;
}

function valueSchema({ default: usual, least, most }: Bound) {
  return z.int().min(least).max(most).default(usual);
}

function refused(name: string, { most, why = '' }: { readonly most?: number; readonly why?: string } = {}): CodedError {
  const bound: Bound | undefined = BOUNDS[name as BoundName];
  if (bound === undefined) {
    return new CodedError(
      'usage.bounds',
      `There is no bound “${name.slice(0, 60)}”. All are in docs/reference/bounds.md.`,
      {
        name: name.slice(0, 60),
      },
    );
  }
  const { least, unit } = bound;
  const limit = most ?? bound.most;
  return new CodedError('usage.bounds', `${name} is a whole number from ${least} to ${limit} (${unit})${why}.`, {
    ...{ name, least, most: limit },
  });
}

import type { JsonObject, PublicJwk } from '@holdfast/core';

/** What is asked for, per hundred; one more is a revocation, which officers make and not the generator. */
export const MIX = { apply: 70, verify: 20, transfer: 9 } as const;
export const REVOKED = 1;
export type Kind = keyof typeof MIX;

/** A credential, and the key of its holder: what presentations are made with. */
export type HeldForLoad = { readonly credential: string; readonly key: PublicJwk & { readonly d: string } };

/** Where the load goes. `claims`: everything is a claim at the naive endpoint; `echo`: an application to an echo. */
export type LoadTarget = {
  readonly shape: 'holdfast' | 'claims' | 'echo';
  readonly port: number;
  /** `holdfast` and `echo`. */
  readonly program?: { readonly id: string; readonly digest: string; readonly organiser: string };
  readonly held?: readonly HeldForLoad[];
  /** Whose ledger it is, and people with money on the accounts of their keys: they send each other a unit of it. */
  readonly purse?: { readonly ledger: string; readonly asset: string; readonly payers: readonly HeldForLoad[] };
};

/** One stretch of open load: arrivals at random moments, so many a second in the mean, whatever comes back. */
export type Stretch = {
  readonly perSecond: number;
  readonly seconds: number;
  readonly seed: number;
  /** Only applications: what the writer's capacity is measured with. */
  readonly isApplyOnly?: boolean;
};

export type Counts = {
  /** Clients that came, and requests that they sent. */
  readonly came: number;
  readonly sent: number;
  /** Clients that got what they came for while they still waited, by kind. */
  readonly served: Readonly<Record<Kind, number>>;
  /** Verifications that were shed and answered from local evidence. */
  readonly graded: number;
  /** Clients that left with a refusal that says when to come again; that left with nothing. */
  readonly told: number;
  readonly left: number;
};

export type StretchReport = Counts & {
  /** Applications accepted for those who waited, second by second, as long as the stretch lasts. */
  readonly appliedBySecond: readonly number[];
  readonly cameBySecond: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The most that a client came later than it should. */
  readonly lagMs: number;
  /** Processor time of the generator per request sent. */
  readonly costMs: number;
  readonly statuses: Readonly<Record<string, number>>;
};

/** One side under one seed: its capacity, what it did at each multiple of it, and after the load was gone. */
export type OverloadRun = {
  readonly seed: number;
  readonly capacity: number;
  readonly levels: readonly { readonly level: number; readonly report: StretchReport }[];
  readonly after: StretchReport;
  /** Seconds after the load was gone from which on it did as before; undefined: it did not, as long as it was looked at. */
  readonly backAfter: number | undefined;
  readonly revokeIdleMs?: number;
  readonly revokeLoadedMs?: number;
};

export type GeneratorOrder =
  | { readonly do: 'aim'; readonly target: LoadTarget }
  | { readonly do: 'open'; readonly stretch: Stretch }
  | { readonly do: 'closed'; readonly clients: number; readonly seconds: number };
export type ClosedReport = { readonly perSecond: number; readonly p50Ms: number; readonly statuses: JsonObject };

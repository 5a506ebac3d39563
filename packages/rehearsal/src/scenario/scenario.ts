import { z } from 'zod';

/** Credentials that one rehearsal has at most: real roles judge, sign for and pay every one of them. */
export const MAX_PEOPLE = 1000;
/** Virtual time that a program takes at most, from its opening to its end: a day and two hours. */
export const MAX_PROGRAM_MS = 26 * 3_600_000;
const MAX_GROUPS = 32;
const MAX_FAULTS = 32;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION_WORDS = 'a duration like 90s, 20m, 12h or 1d';
const DURATION = '([0-9]{1,6}) ?(s|m|min|h|d)';

function msOf(count = '', unit = ''): number {
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

function tooLong(ms: number): boolean {
  return ms > MAX_PROGRAM_MS;
}

/** Milliseconds. */
const duration = z
  .string(DURATION_WORDS)
  .regex(new RegExp(`^${DURATION}$`), DURATION_WORDS)
  .transform((text) => {
    const [, count, unit] = new RegExp(`^${DURATION}$`).exec(text) ?? [];
    return msOf(count, unit);
  })
  .refine((ms) => ms > 0 && !tooLong(ms), 'more than nothing and at most 26h');

const MOMENT_WORDS = 'a moment like 5m (after the window opens), close - 2m or seal + 10s';
const MOMENT = new RegExp(`^(?:(open|close|seal)|(?:(open|close|seal) ?([+-]) ?)?${DURATION})$`);

/** When something begins: so long after or before the window opens or closes, or after the lists are sealed. */
export type Moment = { readonly of: 'open' | 'close' | 'seal'; readonly afterMs: number };

const moment = z
  .string(MOMENT_WORDS)
  .regex(MOMENT, MOMENT_WORDS)
  .transform((text): Moment => {
    const [, bare, of = 'open', sign, count, unit] = MOMENT.exec(text) ?? [];
    if (bare !== undefined) return { of: bare as Moment['of'], afterMs: 0 };
    return { of: of as Moment['of'], afterMs: (sign === '-' ? -1 : 1) * msOf(count, unit) };
  })
  .refine(({ of, afterMs }) => of !== 'seal' || afterMs >= 0, 'nobody knows before the seal when it comes')
  .refine(({ of, afterMs }) => of !== 'open' || afterMs >= 0, 'nobody applies before the window opens')
  .refine(({ afterMs }) => !tooLong(Math.abs(afterMs)), 'at most 26h');

const SHARE_WORDS = 'a share like 3 %';
const SHARE = /^([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%$/;
/** A number from 0 to 1. */
const share = z
  .string(SHARE_WORDS)
  .regex(SHARE, SHARE_WORDS)
  .transform((text) => Number(SHARE.exec(text)?.[1]) / 100)
  .refine((part) => part <= 1, 'at most 100 %');

/** So many, or so many of a hundred. */
export type HowMany = { readonly count: number } | { readonly share: number };

const howMany = z.union(
  [
    z
      .int()
      .min(1)
      .max(MAX_PEOPLE)
      .transform((count): HowMany => ({ count })),
    share.transform((part): HowMany => ({ share: part })),
  ],
  `how many: a whole number up to ${MAX_PEOPLE}, or ${SHARE_WORDS}`,
);

const issuer = z.string().min(1).max(200);
const period = { from: moment, for: duration };
const claim = z.union([z.string().max(1000), z.int(), z.boolean()], 'a text in quotes, a whole number, true or false');

const group = z.strictObject({
  count: z.int().min(1).max(MAX_PEOPLE),
  /** One of the program's; its first when absent. */
  issuer: issuer.optional(),
  /** What their credentials say, of what the program asks for; of a list each person gets one entry by chance. */
  claims: z.record(z.string().max(200), z.union([claim, z.array(claim).min(1).max(100)])).default({}),
  arrive: z.enum(['uniform', 'burst', 'late']).default('uniform'),
  /** Of a burst: after the opening; of those who are late: before the close. */
  within: duration.optional(),
  /** They get their credential from their issuer only when they come. */
  collects: z.boolean().default(false),
});

export const PARTS_AWAY = ['verifier', 'ledger', 'bank', 'distributor', 'network', 'issuer'] as const;
export const CUT_OFF = ['verifier', 'distributor', 'governor'] as const;
export const CLOCKS = ['verifier', 'distributor', 'ledger'] as const;

const fault = z.discriminatedUnion(
  'what',
  [
    /** Nobody reaches it; what it kept, it keeps. */
    z.strictObject({ what: z.literal('away'), part: z.enum(PARTS_AWAY), ...period }),
    /** It is reached, and hears nothing of the network. */
    z.strictObject({ what: z.literal('cut-off'), part: z.enum(CUT_OFF), ...period }),
    z.strictObject({ what: z.literal('revoked'), people: howMany, issuer: issuer.optional(), from: moment }),
    /** Their issuer has given them a second credential, as if to somebody else. */
    z.strictObject({ what: z.literal('two-credentials'), people: howMany, issuer: issuer.optional() }),
    /** An issuer attests people who do not exist. */
    z.strictObject({ what: z.literal('invented-people'), people: howMany, issuer: issuer.optional() }),
    z.strictObject({ what: z.literal('late-officers'), by: duration, ...period }),
    /** One of them answers nothing meanwhile. */
    z.strictObject({ what: z.literal('silent-officer'), ...period }),
    z.strictObject({
      what: z.literal('wrong-clock'),
      part: z.enum(CLOCKS),
      by: z.union(
        [
          duration,
          z
            .string()
            .regex(/^-/)
            .transform((text) => text.slice(1).trim())
            .pipe(duration)
            .transform((ms) => -ms),
        ],
        'a duration like 90s or -90s',
      ),
      ...period,
    }),
    /** Everybody who comes meanwhile sends the same so many times more. */
    z.strictObject({ what: z.literal('asked-again'), times: z.int().min(1).max(20), ...period }),
    /** It takes payments and never says a word of some. */
    z.strictObject({ what: z.literal('silent-bank'), payments: share, unpaid: share, ...period }),
    z.strictObject({ what: z.literal('bad-lines'), lost: share, late: share, ...period }),
    /** Of three witnesses one lies and one is late. */
    z.strictObject({ what: z.literal('lying-witness') }),
    /** Every part dies once before and after each of its steps, and comes back. */
    z.strictObject({ what: z.literal('crashes') }),
  ],
  { error: 'what goes wrong is one of those in docs/how-to/rehearse-a-program.md' },
);
export type ScenarioFault = z.infer<typeof fault>;
export type FaultOf<What extends ScenarioFault['what']> = Extract<ScenarioFault, { readonly what: What }>;

export const scenarioSchema = z.strictObject({
  title: z.string().min(1).max(200),
  /** A file beside this one, or the program itself. */
  program: z.union([z.string().min(1).max(500), z.record(z.string(), z.json())], 'the name of a file, or a program'),
  /** A file; the sample's when absent. */
  rulebook: z.string().min(1).max(500).optional(),
  /** How much of the program's time is rehearsed: never more than it says of itself. */
  time: z
    .strictObject({ window: duration.optional(), confirm: duration.optional(), appeal: duration.optional() })
    .default({}),
  people: z.array(group).min(1).max(MAX_GROUPS),
  wrong: z.array(fault).max(MAX_FAULTS).default([]),
});
/** What an operator asks: these people, this program, and what goes wrong. Durations in milliseconds. */
export type Scenario = z.infer<typeof scenarioSchema>;
export type PeopleGroup = Scenario['people'][number];

import { z } from 'zod';
import { DESTINATION_KINDS } from '../destination/destination.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import { bindingDigest } from '../governance/decision.ts';
import { languageTagSchema, textsSchema } from '../person/wording.ts';
import { ASSURANCE_LEVELS } from '../rulebook/rulebook.ts';

/** A program stands in the log as one statement, which also carries a signature: it is at most this long as JSON. */
export const MAX_PROGRAM_BYTES = 10_240;
/** Leaves of one program's intake and seal. More people than this make several programs. */
export const MAX_APPLICATIONS = 10_000_000;

/** The largest weight: a double is exact up to it, so every implementation of CEL can say it. */
export const MAX_WEIGHT = (1n << 53n) - 1n;

/** Minor units as decimal digits: no sign, no leading zero, below 2^127. */
const AMOUNT_WORDS = 'minor units as digits in quotes: "1050", without point, sign, separator or leading zero';
export const amountSchema = z
  .string(AMOUNT_WORDS)
  // What is no amount is not counted with: `refuseContradictions` sees amounts only.
  .regex(/^(0|[1-9][0-9]{0,37})$/, { error: AMOUNT_WORDS, abort: true });
const positiveAmount = z
  .string(AMOUNT_WORDS)
  .regex(/^[1-9][0-9]{0,37}$/, { error: `${AMOUNT_WORDS}, and more than 0`, abort: true });

const name = z.string().min(1).max(200);
const digest = z.string().length(43, 'a SHA-256 in base64url, 43 characters');
const timeMs = z.int().min(0);
const durationMs = z
  .int()
  .min(0)
  .max(10 * 365 * 86_400_000);
/** Lower-case letters, digits and dashes: it stands in addresses and in the names of accounts. */
export const programIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63');

/** A rule in CEL over one person's claims. Its cost is bounded before it is ever run (program/rules.ts). */
const rule = z.string().min(1).max(2000);

/** What may never be done to this program, whoever decides: a promise that no quorum can take back. */
export const RENOUNCEABLE = ['amend', 'cancel', 'raise', 'extend'] as const;

const instantSchema = z.strictObject({
  mode: z.literal('instant'),
  /** What each person gets. */
  amount: positiveAmount,
  maxRecipients: z.int().min(1).max(MAX_APPLICATIONS),
  /** Without it, `maxRecipients` times `amount` has to fit the budget: nobody has a reason to come early. */
  firstCome: z.boolean().optional(),
});
const equalCappedSchema = z.strictObject({
  mode: z.literal('sealed'),
  rule: z.literal('equal-capped'),
  cap: positiveAmount,
});
const proRataSchema = z.strictObject({
  mode: z.literal('sealed'),
  rule: z.literal('pro-rata'),
  /** CEL, an integer from 0 to 2^53 - 1: a person's share of the budget is weight over the sum of weights. */
  weight: rule,
  cap: positiveAmount.optional(),
});
const lotterySchema = z.strictObject({ mode: z.literal('sealed'), rule: z.literal('lottery'), amount: positiveAmount });

const commitRevealSchema = z.strictObject({
  kind: z.literal('commit-reveal'),
  /**
   * Who must reveal, with the digests of their secrets (`commitmentOf`), one for each round. A round in which somebody keeps
   * silent is followed by the next.
   */
  parties: z
    .array(z.strictObject({ id: name, commitments: z.array(digest).min(1).max(8) }))
    .min(1)
    .max(16),
  /**
   * `log`: each secret is a statement of its own, so that the log says who spoke and who kept silent, by its own time, and
   * nobody collects them. Absent: the distributor collects them.
   */
  reveals: z.literal('log').optional(),
  /** From the seal's epoch to the end of the first round; each later round takes as long again. */
  revealWithinMs: durationMs.min(1000),
  /** When somebody kept silent in every round there is no draw: nobody gets anything, and the budget goes back. */
  exhausted: z.literal('cancel'),
});
const drandSchema = z.strictObject({
  kind: z.literal('drand'),
  /** Hex: the chain's hash and its group public key (BLS12-381 G2, `bls-unchained-g1-rfc9380`). */
  chain: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  publicKey: z.string().regex(/^[0-9a-f]{192}$/, '192 hexadecimal digits'),
  /** Unix seconds, and seconds between rounds. */
  genesisTime: z.int().min(1),
  periodS: z.int().min(1).max(3600),
  /** The round drawn is the first at least this long after the seal's epoch. */
  stepMs: durationMs.min(1000),
});
export const beaconSchema = z.discriminatedUnion('kind', [commitRevealSchema, drandSchema]);
export type BeaconTerms = z.infer<typeof beaconSchema>;

/**
 * A distribution, frozen by its digest when a quorum approves it: what may be asked of people, who is entitled to how
 * much, where it may go, and what can still change. DESIGN 7.
 */
export const programSchema = z
  .strictObject({
    v: z.literal(1),
    id: programIdSchema,
    title: name,
    /** What language its title is in (BCP 47), and the title in others. */
    language: languageTagSchema.optional(),
    titles: textsSchema.optional(),
    /** The party (kind `distributor`) that runs it and signs its intake, seal and draw. */
    organiser: name,
    asset: z.strictObject({
      code: z.string().regex(/^[A-Z0-9]{3,12}$/, '3 to 12 capitals and digits'),
      decimals: z.int().min(0).max(18),
    }),
    budget: positiveAmount,
    /** Applications are taken from `opensAt` until before `closesAt`, unix milliseconds of the log's time. */
    window: z.strictObject({ opensAt: timeMs, closesAt: timeMs }),
    maxApplications: z.int().min(1).max(MAX_APPLICATIONS),
    /** The intake statement stands in the log within this time of the window's close. */
    intakeWithinMs: durationMs.min(1000),
    /** DCQL: what people are asked to present. */
    query: z.record(z.string(), z.json()),
    /** CEL, true for those who qualify. */
    eligibility: rule,
    /** The one set in which a person counts once: a claim that names one, as attested by these issuers. */
    uniqueness: z.strictObject({
      claim: z.array(name).min(1).max(8),
      issuers: z.array(name).min(1).max(64),
      /** base64url SHA-256 of the key under which nullifiers are made, so that no other can be used later. */
      key: digest,
    }),
    assurance: z.enum(ASSURANCE_LEVELS),
    allocation: z.discriminatedUnion('mode', [
      instantSchema,
      z.discriminatedUnion('rule', [equalCappedSchema, proRataSchema, lotterySchema]),
    ]),
    /** For a lottery. Equal-capped and pro-rata need no chance. */
    beacon: beaconSchema.optional(),
    /**
     * The most that may go to people attested by one issuer, so that one sloppy issuer costs no more. The draw, which names
     * them again, has to fit into one entry.
     */
    issuerCaps: z.array(z.strictObject({ issuer: name, maxAmount: positiveAmount })).max(32),
    /** The same for every issuer that is on probation where its people are judged. */
    issuerClassCaps: z
      .array(z.strictObject({ class: z.literal('probation'), maxAmount: positiveAmount }))
      .min(1)
      .max(1)
      .optional(),
    destinations: z.array(z.enum(DESTINATION_KINDS)).min(1).max(DESTINATION_KINDS.length),
    /** What is shown of the lists of admitted and refused: leaves opened, leaves closed, or roots and counts only. */
    publication: z.enum(['public', 'commitments', 'none']),
    /** From the seal until evidence is erased and nothing can be appealed any more. */
    appealMs: durationMs,
    /** What is reserved and not confirmed in this time goes to a person; what happens when nobody decides. */
    confirm: z.strictObject({ withinMs: durationMs.min(1000), otherwise: z.enum(['post', 'return']) }),
    /** The most that may be reserved and unconfirmed at once. */
    reserveMax: positiveAmount,
    /** Where money goes that a revocation frees: back to the budget, or to the next in the draw. */
    returned: z.enum(['budget', 'next']),
    /** Who bears what was paid on evidence that turned out stale. */
    lossBorneBy: z.enum(['organiser', 'issuer', 'verifier']),
    renounced: z.array(z.enum(RENOUNCEABLE)).max(RENOUNCEABLE.length),
  })
  .superRefine(refuseContradictions);
export type Program = z.infer<typeof programSchema>;
export type Allocation = Program['allocation'];

/** What a quorum approves and everything after refers to: base64url SHA-256 over the canonical program. */
export function programDigest(program: Program): string {
  return bindingDigest(program);
}

/** What no schema of single members can say. Each message names what to change. */
function refuseContradictions(program: Program, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: path.split('.'), message });
  const { allocation, beacon, budget, window, issuerCaps, uniqueness } = program;
  if (window.closesAt <= window.opensAt) refuse('window.closesAt', 'the window closes after it opens');
  const isLottery = allocation.mode === 'sealed' && allocation.rule === 'lottery';
  if (isLottery && beacon === undefined) refuse('beacon', 'a lottery needs a beacon');
  if (!isLottery && beacon !== undefined) refuse('beacon', 'only a lottery uses a beacon');
  if (program.returned === 'next' && !isLottery) refuse('returned', 'only a lottery has a next in line');
  if (allocation.mode === 'instant' && allocation.firstCome !== true) {
    const most = BigInt(allocation.amount) * BigInt(allocation.maxRecipients);
    if (most > BigInt(budget)) refuse('allocation', 'amount times maxRecipients exceeds the budget: say firstCome');
  }
  if ('amount' in allocation && BigInt(allocation.amount) > BigInt(budget)) {
    refuse('allocation.amount', 'one amount exceeds the budget');
  }
  const most = 'amount' in allocation ? allocation.amount : (allocation.cap ?? budget);
  if (BigInt(program.reserveMax) < BigInt(most)) {
    refuse('reserveMax', 'less may be reserved at once than one person may get');
  }
  if (!areDistinct(issuerCaps.map(({ issuer }) => issuer))) refuse('issuerCaps', 'an issuer has one cap');
  if (!issuerCaps.every(({ issuer }) => uniqueness.issuers.includes(issuer))) {
    refuse('issuerCaps', 'a capped issuer is one of uniqueness.issuers');
  }
  if (program.issuerClassCaps !== undefined && uniqueness.issuers.length > 32) {
    refuse('issuerClassCaps', 'where a class of issuers is capped there are at most 32 of them');
  }
  if (!areDistinct(uniqueness.issuers)) refuse('uniqueness.issuers', 'an issuer is named once');
  if (!areDistinct(program.destinations)) refuse('destinations', 'a kind is named once');
  if (beacon?.kind === 'commit-reveal') {
    if (!areDistinct(beacon.parties.map(({ id }) => id))) refuse('beacon.parties', 'a party is named once');
    // Whoever copies a commitment has no secret of their own.
    if (!areDistinct(beacon.parties.flatMap(({ commitments }) => commitments))) {
      refuse('beacon.parties', 'no two commitments are the same');
    }
    if (new Set(beacon.parties.map(({ commitments }) => commitments.length)).size > 1) {
      refuse('beacon.parties', 'each party commits to as many rounds as the others');
    }
  }
  if (encodeUtf8(canonicalJson(program)).length > MAX_PROGRAM_BYTES) {
    refuse('', `the whole is longer than ${MAX_PROGRAM_BYTES} bytes`);
  }
}

function areDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

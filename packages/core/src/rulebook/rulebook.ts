import { z } from 'zod';
import { canonicalJson } from '../encoding/json.ts';
import { jwkSchema } from '../encoding/jwk-schema.ts';
import { isCodedError } from '../errors.ts';
import { NOTE_KEY_TYPE, parseVkey } from '../log/note.ts';
import { contactSchema } from '../person/contact.ts';
import { languageTagSchema, textsSchema, wordsLineSchema } from '../person/wording.ts';
import { caseRulesSchema } from './case-rules.ts';

/** What may follow from evidence of some age, weakest first: a later effect is never allowed by weaker evidence. */
export const EFFECTS = ['none', 'queue', 'reserve', 'advance', 'final'] as const;
export type Effect = (typeof EFFECTS)[number];

/** The bands of age, youngest first. */
export const FRESHNESS_BANDS = ['live', 'recent', 'stale', 'cut-off'] as const;
export type Freshness = (typeof FRESHNESS_BANDS)[number];

/** What a verdict is wanted for: moving value, or showing somebody in. */
export const ACTION_CLASSES = ['pay', 'view'] as const;
export type ActionClass = (typeof ACTION_CLASSES)[number];

/** Powers a decision may use. A rulebook grants each to roles of officers, or to nobody. */
export const POWERS = [
  'revoke',
  'suspend',
  'lift',
  'reinstate',
  'accredit',
  'withdraw',
  'enrol',
  'rotate',
  'compromise',
  'amend',
  'cancel',
  'release',
  'return',
  'revise',
  'recognise',
  'except',
  'unseal',
] as const;
export type Power = (typeof POWERS)[number];

export const ASSURANCE_LEVELS = ['low', 'substantial', 'high'] as const;
export type Assurance = (typeof ASSURANCE_LEVELS)[number];

/** Whether this assurance is as good as `least`; none at all is not. */
export function isAtLeast(assurance: Assurance | undefined, least: Assurance): boolean {
  return assurance !== undefined && ASSURANCE_LEVELS.indexOf(assurance) >= ASSURANCE_LEVELS.indexOf(least);
}

/** How relying on a verdict can turn out badly, by what could be known when; see verdict/attribute-loss.ts. */
export const LOSS_KINDS = [
  'none',
  'beyond-verdict',
  'wrong-verdict',
  'fork',
  'unreported',
  'undecided',
  'unread',
  'advanced',
] as const;
export type LossKind = (typeof LOSS_KINDS)[number];

export const LOSS_BEARERS = [
  'nobody',
  'issuer',
  'verifier',
  'relying-party',
  'governor',
  'network',
  'program',
] as const;
export type LossBearer = (typeof LOSS_BEARERS)[number];

const name = z.string().min(1).max(200);
const durationMs = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** So long every follower remembers who suspended what at most. */
const MAX_AGAIN_MS = 366 * 86_400_000;

const freshnessRuleSchema = z
  .object({
    /** Evidence up to this age in milliseconds is live; then recent, then stale, then cut off. */
    liveMs: durationMs,
    recentMs: durationMs,
    staleMs: durationMs,
    effects: z.object({
      live: z.enum(EFFECTS),
      recent: z.enum(EFFECTS),
      stale: z.enum(EFFECTS),
      'cut-off': z.enum(EFFECTS),
    }),
    /** Largest amount, in minor units, that may be advanced on stale evidence. */
    advanceMax: z
      .string()
      .regex(/^(0|[1-9][0-9]{0,38})$/)
      .optional(),
  })
  .refine((rule) => rule.liveMs <= rule.recentMs && rule.recentMs <= rule.staleMs, 'bands must not overlap')
  .refine((rule) => {
    const ranks = FRESHNESS_BANDS.map((band) => EFFECTS.indexOf(rule.effects[band]));
    return ranks.every((rank, i) => i === 0 || rank <= (ranks[i - 1] ?? 0));
  }, 'weaker evidence must not allow more');
export type FreshnessRule = z.infer<typeof freshnessRuleSchema>;

const freshnessTableSchema = z.object({ pay: freshnessRuleSchema, view: freshnessRuleSchema });
export type FreshnessRules = {
  readonly network: z.infer<typeof freshnessTableSchema>;
  readonly foreign: z.infer<typeof freshnessTableSchema>;
};

const grantSchema = z.object({
  power: z.enum(POWERS),
  /** An officer with any of these roles may approve. */
  roles: z.array(name).min(1).max(16),
  quorum: z.int().min(1).max(16),
  /** Coarse public classes of reason that this power accepts. */
  classes: z.array(name).min(1).max(64),
  /** The largest number of targets one decision may have. */
  maxTargets: z.int().min(1).max(1_000_000),
  /** Approvals count for this long after the decision was opened. */
  expiresInMs: durationMs.min(1),
  /** For `suspend`: it lapses by itself after at most this long. */
  maxDurationMs: durationMs.optional(),
  /**
   * For `suspend`: officers who have suspended something do not do so again by themselves while that lasts, nor for so long after
   * it has ended; somebody who had no part in it has to approve as well.
   */
  againAfterMs: durationMs.min(1).max(MAX_AGAIN_MS).optional(),
  /**
   * Powers that protect (`revoke`, `suspend`, `withdraw`, `compromise`): approvals that were collected under an earlier
   * rulebook count as well, where they are enough under the one in force.
   */
  outlivesAmendments: z.literal(true).optional(),
});
export type Grant = z.infer<typeof grantSchema>;

const profileSchema = z.object({
  id: name,
  appliesTo: z.array(name).max(64),
  minAssurance: z.enum(ASSURANCE_LEVELS),
  /** The oldest that any evidence may be, in milliseconds, however fresh the table would find it. */
  maxAgeMs: durationMs.optional(),
  /** Checks that must have passed: those of every verdict by their names, others by the ids verifiers give them. */
  requiredChecks: z.array(name).max(16).optional(),
  /** Claims that a verifier of this jurisdiction may not even receive: by name, or by a path with dots. */
  forbiddenClaims: z.array(name).max(64).optional(),
  /** What was presented is kept no longer than this; 0: not at all. */
  retentionDays: z.int().min(0).max(3650).optional(),
  /** In which words for the person concerned are, unless another is asked for (BCP 47). */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
    .max(35)
    .optional(),
});
export type Profile = z.infer<typeof profileSchema>;

const exceptionRuleSchema = z.object({
  id: name,
  /** `accreditation`: one that has ended counts for a while longer. */
  rule: z.literal('accreditation'),
  /** Different officers who hold the power `except`; more than the power that it bends takes. */
  quorum: z.int().min(2).max(16),
  maxDurationMs: durationMs.min(1).max(30 * 86_400_000),
});

const officerSchema = z.object({
  id: name,
  roles: z.array(name).min(1).max(16),
  key: jwkSchema,
  /** The party that an officer belongs to, who then judges no case about it. */
  of: name.optional(),
});

const witnessSchema = z.object({
  /** Its key (C2SP signed-note), of a type that we can verify. */
  vkey: z.string().max(400).refine(isWitnessKey, 'this is not the key of a witness'),
  /** Where the network asks it (the submission prefix of C2SP tlog-witness); without it others have to. */
  url: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^\s?#]+$/)
    .optional(),
});

/** Whose cosignatures the age of evidence counts from, and how many of them it takes. */
export const witnessesSchema = z
  .object({
    quorum: z.int().min(1).max(16),
    members: z
      .array(witnessSchema)
      .min(1)
      .max(16)
      .refine((members) => areDistinct(members.map(({ vkey }) => keyOf(vkey))), 'no two witnesses share a key'),
  })
  .refine(({ quorum, members }) => quorum <= members.length, 'a quorum is no larger than all witnesses');
export type Witnesses = z.infer<typeof witnessesSchema>;

function isWitnessKey(vkey: string): boolean {
  try {
    return parseVkey(vkey).type === NOTE_KEY_TYPE.ed25519Cosignature;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

/** The key itself: under two names it would count twice. */
function keyOf(vkey: string): string {
  return vkey.split('+').slice(2).join('+');
}

const logSchema = z.object({
  origin: name,
  /** The key in force: without its signature no checkpoint counts. */
  vkey: name,
  /** The key before it, which signs as well until this time of the log, unix milliseconds. */
  previous: z.object({ vkey: name, until: durationMs }).optional(),
  /** Keys that a thief may have: what one of them alone has signed for this size or a larger one proves nothing. */
  compromised: z
    .array(z.object({ vkey: name, from: durationMs }))
    .max(16)
    .optional(),
});

/** A network's rules as data. The genesis rulebook also names the keys of the roles and the first officers. */
export const rulebookSchema = z.object({
  title: name,
  /** What language its words are in (BCP 47): title, classes, roles, contact. Absent: nobody says. */
  language: languageTagSchema.optional(),
  /** The title in other languages. */
  titles: textsSchema.optional(),
  log: logSchema,
  keys: z.object({ network: jwkSchema, governor: jwkSchema }),
  officers: z
    .array(officerSchema)
    .min(1)
    .max(64)
    .refine((officers) => areDistinct(officers.map(({ id }) => id)), 'an officer is named once')
    .refine((officers) => areDistinct(officers.map(({ key }) => canonicalJson(key))), 'no two officers share a key'),
  /** For how long everybody can read an entry, in milliseconds; absent: for ever (C2SP tlog-tiles, pruning). */
  retention: z.object({ entriesMs: durationMs.min(3_600_000) }).optional(),
  /** How often the network mints an epoch when nothing happens, in milliseconds. */
  tickMs: z.int().min(50).max(3_600_000),
  powers: z
    .array(grantSchema)
    .max(POWERS.length)
    .refine((grants) => areDistinct(grants.map(({ power }) => power)), 'a power is granted once'),
  /** Public words for the classes of reason, and the same in other languages. */
  classes: z.array(z.object({ id: name, text: name, in: textsSchema.optional() })).max(64),
  /** Public words for roles, for whoever waits for somebody who has one. A role without any is called by its name. */
  roles: z
    .array(z.object({ id: name, text: wordsLineSchema, in: textsSchema.optional() }))
    .min(1)
    .max(32)
    .refine((roles) => areDistinct(roles.map(({ id }) => id)), 'a role is worded once')
    .optional(),
  /** By where the evidence comes from: our own network pushes every tick, strangers' lists are refreshed by the hour. */
  freshness: z.object({ network: freshnessTableSchema, foreign: freshnessTableSchema }),
  profiles: z.array(profileSchema).max(32),
  /** Who bears a loss of each kind; what is not said is by default (verdict/attribute-loss.ts). */
  loss: z.partialRecord(z.enum(LOSS_KINDS), z.enum(LOSS_BEARERS)).optional(),
  /** A change of the rulebook takes effect no sooner than this after the epoch it is recorded under. */
  notice: z.object({
    amendMs: durationMs,
    /** What only tightens waits for this instead; 0: it takes effect with the next epoch. Absent: `amendMs`. */
    tightenMs: durationMs.optional(),
    /** What only tightens may take effect at once, and lapses after this at most. Absent: there are no emergencies. */
    emergencyMs: durationMs
      .min(1)
      .max(14 * 86_400_000)
      .optional(),
    /** Changes of programs: those that may harm somebody who applies wait longer. Absent: all wait `amendMs`. */
    programs: z
      .object({ favourableMs: durationMs, adverseMs: durationMs })
      .refine((waits) => waits.adverseMs >= waits.favourableMs, 'what may harm somebody waits no shorter')
      .optional(),
  }),
  witnesses: witnessesSchema.optional(),
  /** What may be let through for a while although the rules would not; each with a quorum of its own. */
  exceptions: z
    .array(exceptionRuleSchema)
    .max(16)
    .refine((rules) => areDistinct(rules.map(({ id }) => id)), 'an exception is named once')
    .optional(),
  /** Without them nothing can be complained about here. */
  cases: caseRulesSchema.optional(),
  /**
   * Issuers may take back credentials that they have replaced by newer ones, at most so many a day each: what a thief of a
   * statement key can end in a day. Absent: they may not.
   */
  supersession: z.object({ maxPerDay: z.int().min(1).max(10_000_000) }).optional(),
  /** Whom people can talk to about anything that this network did to them. */
  contact: contactSchema.optional(),
});
export type Rulebook = z.infer<typeof rulebookSchema>;

function areDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

/** Powers that protect: to use one late is the greater harm. */
const URGENT_POWERS: ReadonlySet<Power> = new Set(['revoke', 'suspend', 'withdraw', 'compromise']);

/**
 * Whether a decision that cites this rulebook still counts under the one in force. A rulebook that is to come never does; an
 * earlier one does for powers that protect, where the one in force says so: its own grant is what has to be met.
 */
export function isCitable(
  inForce: { readonly index: number; readonly body: Rulebook },
  power: Power,
  cited: number,
): boolean {
  if (cited === inForce.index) return true;
  const outlives = grantOf(inForce.body, power)?.outlivesAmendments === true;
  return cited < inForce.index && outlives && URGENT_POWERS.has(power);
}

/** Approvals of different officers that this use of a power takes; undefined where nobody is granted it. */
export function approvalsNeeded(
  rulebook: Rulebook,
  { power, parameters }: { readonly power: Power; readonly parameters: Readonly<Record<string, string | number>> },
): number | undefined {
  const grant = grantOf(rulebook, power);
  if (grant === undefined || power !== 'except') return grant?.quorum;
  const rule = rulebook.exceptions?.find(({ id }) => id === parameters.rule);
  return rule === undefined ? undefined : Math.max(grant.quorum, rule.quorum);
}

export function grantOf(rulebook: Rulebook, power: Power): Grant | undefined {
  return rulebook.powers.find((grant) => grant.power === power);
}

/** The public words for a class of reason; the class itself where the rulebook has none. */
export function textOfClass(rulebook: Rulebook, reasonClass: string): string {
  return rulebook.classes.find((entry) => entry.id === reasonClass)?.text ?? reasonClass;
}

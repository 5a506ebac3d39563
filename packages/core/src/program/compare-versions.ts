import { canonicalJson, type Json } from '../encoding/json.ts';
import { formatAmount } from '../recipients/listed-amount.ts';
import { wordsOfMs } from '../rulebook/words-of-time.ts';
import type { Program } from './program.ts';

/** What a change does to those who apply: to whom it may do harm, it is adverse. */
export const PROGRAM_EFFECTS = ['favourable', 'adverse', 'neutral'] as const;
export type ProgramEffect = (typeof PROGRAM_EFFECTS)[number];

export type ProgramChange = {
  /** The member that changes, with dots. */
  readonly path: string;
  readonly effect: ProgramEffect;
  /** What changes, in words. */
  readonly text: string;
  /** Why no quorum can do this; absent where it may be done. */
  readonly never?: string;
  readonly before?: Json;
  readonly after?: Json;
};

/**
 * `effectiveAt`: unix milliseconds of the log's time at which the later version comes into force. What may never be done
 * depends on it, and what a change does to people does not.
 */
export type RevisionState = {
  readonly effectiveAt: number;
  /** Versions before `before`: what was promised under any of them has to be kept as well. */
  readonly earlier?: readonly Program[];
};

type Context = {
  /** Somebody may have applied by then. */
  readonly isOpen: boolean;
  readonly effectiveAt: number;
  readonly before: Program;
  readonly after: Program;
  /** Every version up to the one that is compared with. */
  readonly promised: readonly Program[];
};

type Judged = { readonly effect: ProgramEffect; readonly never?: string | undefined };
type Judge = (was: Json | undefined, is: Json | undefined, context: Context) => Judged;
type Row = {
  readonly path: string;
  readonly words: string;
  readonly read: (program: Program) => unknown;
  readonly judge: Judge;
  readonly say?: (value: Json, program: Program) => string;
};

/**
 * What the next version of a program changes, each member for itself, and what it does to those who apply. Whatever cannot
 * be kept for each person apart (the budget, the caps of issuers, the time to appeal) never gets worse once somebody may
 * have applied; what can be kept may, and is: see `docs/decisions/0055-programs-are-revised.md`.
 */
export function compareProgramVersions(before: Program, after: Program, state: RevisionState): ProgramChange[] {
  const { effectiveAt, earlier = [] } = state;
  const isOpen = effectiveAt >= before.window.opensAt;
  const context: Context = { isOpen, effectiveAt, before, after, promised: [...earlier, before] };
  return ROWS.flatMap((row) => changeOf(row, context));
}

/** Adverse where any part of it is. */
export function effectOfChanges(changes: readonly ProgramChange[]): ProgramEffect {
  if (changes.some(({ effect }) => effect === 'adverse')) return 'adverse';
  return changes.some(({ effect }) => effect === 'favourable') ? 'favourable' : 'neutral';
}

/** The first change that no quorum can make. */
export function findNever(changes: readonly ProgramChange[]): ProgramChange | undefined {
  return changes.find(({ never }) => never !== undefined);
}

function changeOf(row: Row, context: Context): ProgramChange[] {
  const was = row.read(context.before) as Json | undefined;
  const is = row.read(context.after) as Json | undefined;
  if (canonicalJson(was ?? null) === canonicalJson(is ?? null)) return [];
  const { effect, never } = row.judge(was, is, context);
  const refused = context.before.renounced.includes('amend') ? RENOUNCED_AMEND : never;
  const say = (value: Json | undefined, program: Program) =>
    value === undefined ? 'nothing' : (row.say ?? plainly)(value, program);
  const text = `${row.words}: ${say(was, context.before)}, then ${say(is, context.after)}`;
  return [
    {
      path: row.path,
      effect,
      text,
      ...(refused === undefined ? {} : { never: refused }),
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
    },
  ];
}

const RENOUNCED_AMEND = 'the program has renounced that its rules ever change';
const RENOUNCED_RAISE = 'the program has renounced that what it gives is ever raised';
const RENOUNCED_EXTEND = 'the program has renounced that its window is ever extended';
const APPLIED = 'somebody may have applied by then, and this cannot be kept for each person apart';

function plainly(value: Json): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ') || 'none';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : canonicalJson(value);
}
const inMoney = (value: Json, { asset }: Program) =>
  `${formatAmount(BigInt(String(value)), asset.decimals)} ${asset.code}`;
const inTime = (value: Json) => wordsOfMs(Number(value));
const asDate = (value: Json) => `${Number(value)} ms`;

/** Nobody is asked whether it is better or worse: it is what people, books or chance were told it would be. */
const fixed =
  (never: string): Judge =>
  () => ({ effect: 'adverse', never });

/** For everybody alike, so it never gets worse once somebody may have applied. */
function forAll(effectOf: (was: Json | undefined, is: Json | undefined) => ProgramEffect, act?: 'raise'): Judge {
  return (was, is, context) => {
    const effect = effectOf(was, is);
    if (effect === 'adverse') return { effect, never: context.isOpen ? APPLIED : undefined };
    return { effect, never: act === undefined ? undefined : raised(context) };
  };
}

/** For each person by the version that they applied under, so it may get worse for those who come later. */
function forEach(effectOf: (was: Json | undefined, is: Json | undefined) => ProgramEffect): Judge {
  return (was, is) => ({ effect: effectOf(was, is) });
}

function raised({ before }: Context): string | undefined {
  return before.renounced.includes('raise') ? RENOUNCED_RAISE : undefined;
}

const moreIsBetter = (was: Json | undefined, is: Json | undefined): ProgramEffect =>
  BigInt(String(is ?? 0)) > BigInt(String(was ?? 0)) ? 'favourable' : 'adverse';
const lessIsBetter = (was: Json | undefined, is: Json | undefined): ProgramEffect => moreIsBetter(is, was);
const superset = (was: Json | undefined, is: Json | undefined): ProgramEffect =>
  namesOf(was).every((one) => namesOf(is).includes(one)) ? 'favourable' : 'adverse';
const always = (effect: ProgramEffect) => (): ProgramEffect => effect;

function namesOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** No cap is the highest: what is capped, or capped lower, gets less. */
function capsEase(was: Json | undefined, is: Json | undefined): ProgramEffect {
  const [before, after] = [capsOf(was), capsOf(is)];
  const isEased = [...after].every(([name, most]) => {
    const had = before.get(name);
    return had !== undefined && most >= had;
  });
  return isEased ? 'favourable' : 'adverse';
}

function capsOf(value: Json | undefined): ReadonlyMap<string, bigint> {
  const caps = (value ?? []) as readonly {
    readonly issuer?: string;
    readonly class?: string;
    readonly maxAmount: string;
  }[];
  return new Map(caps.map(({ issuer, class: of, maxAmount }) => [issuer ?? of ?? '', BigInt(maxAmount)]));
}

/**
 * Whom a rule admits cannot be computed of CEL. What is plain from its text is: everybody (`true`), or all that it admitted
 * before `||` something in brackets. Anything else may leave somebody out.
 */
function eligibilityEases(was: Json | undefined, is: Json | undefined): ProgramEffect {
  const [before, after] = [String(was).trim(), String(is).trim()];
  if (after === 'true') return 'favourable';
  const rest = [`(${before}) || `, `${before} || `].find((head) => after.startsWith(head));
  // A condition with `?` binds weaker than `||`, and a comment would hide the rest.
  const isPlain = rest !== undefined && !/[?]|\/\//.test(after);
  return isPlain ? 'favourable' : 'adverse';
}

const ASSURED = ['low', 'substantial', 'high'];
const assuranceEases = (was: Json | undefined, is: Json | undefined): ProgramEffect =>
  ASSURED.indexOf(String(is)) < ASSURED.indexOf(String(was)) ? 'favourable' : 'adverse';

const judgeOpening: Judge = (was, is, { isOpen }) => ({
  effect: Number(is) < Number(was) ? 'favourable' : 'adverse',
  never: isOpen ? 'it opens before this would be in force' : undefined,
});

/** Later: whoever has applied waits longer for the end. Earlier: whoever has not applied may find it closed. */
const judgeClosing: Judge = (was, is, { before, effectiveAt }) => {
  const isLater = Number(is) > Number(was);
  const extended = isLater && before.renounced.includes('extend') ? RENOUNCED_EXTEND : undefined;
  const shut = Number(is) <= effectiveAt ? 'it would be closed before anybody is told' : undefined;
  return { effect: 'adverse', never: extended ?? shut };
};

const judgeIssuers: Judge = (was, is, { isOpen }) => ({
  effect: superset(was, is),
  never: isOpen ? 'people are counted in one set, and another issuer may name the same person otherwise' : undefined,
});

const judgeRenounced: Judge = (was, is) => {
  const isKept = superset(was, is) === 'favourable';
  return { effect: isKept ? 'favourable' : 'adverse', never: isKept ? undefined : 'what was renounced stays so' };
};

/** What an instant program gives each: every promise made under any version has to fit the budget together. */
const judgeAmount: Judge = (was, is, context) => {
  const effect = moreIsBetter(was, is);
  if (effect === 'adverse') return { effect };
  const { before, after } = context;
  const isCapped = [...after.issuerCaps, ...(after.issuerClassCaps ?? [])].length > 0;
  const isFirstCome = before.allocation.mode === 'instant' && before.allocation.firstCome === true;
  const sooner = 'those behind would find the money gone sooner';
  const never = context.isOpen && (isCapped || isFirstCome) ? sooner : carriesAll(context);
  return { effect, never: raised(context) ?? never };
};

const judgeRecipients: Judge = (was, is, context) => {
  const effect = moreIsBetter(was, is);
  const grown = effect === 'favourable' ? raised(context) : undefined;
  return { effect, never: grown ?? carriesAll(context) };
};

function carriesAll({ isOpen, after, promised }: Context): string | undefined {
  const { allocation, budget } = after;
  if (!isOpen || allocation.mode !== 'instant' || allocation.firstCome === true) return undefined;
  const terms = [...promised, after].flatMap((one) => (one.allocation.mode === 'instant' ? [one.allocation] : []));
  const most = (values: readonly bigint[]) => values.reduce((a, b) => (a > b ? a : b), 0n);
  const each = most(terms.map(({ amount }) => BigInt(amount)));
  const people = most(terms.map(({ maxRecipients }) => BigInt(maxRecipients)));
  return each * people > BigInt(budget) ? 'the budget does not carry what was promised under both versions' : undefined;
}

const judgeFirstCome: Judge = (was, _is, { isOpen }) => {
  const effect = was === true ? 'favourable' : 'adverse';
  return { effect, never: isOpen ? APPLIED : undefined };
};

/** In a lottery or by weight what one gets more, another gets less. */
const judgeShare: Judge = (_was, _is, { isOpen }) => ({
  effect: 'adverse',
  never: isOpen ? 'what one person gets more here, another who has applied gets less' : undefined,
});

/** A member of the allocation, of programs that share by this rule. */
function ofRule(rule: 'instant' | 'equal-capped' | 'pro-rata' | 'lottery', member: string) {
  return ({ allocation }: Program): unknown => {
    const has = allocation.mode === 'instant' ? 'instant' : allocation.rule;
    return has === rule ? (allocation as Record<string, unknown>)[member] : undefined;
  };
}

/** Where the kind of allocation changes that alone is said, and it is never done. */
const ofBoth =
  (judge: Judge): Judge =>
  (was, is, context) =>
    was === undefined || is === undefined ? { effect: 'adverse' } : judge(was, is, context);

const ROWS: readonly Row[] = [
  { path: 'id', words: 'its name', read: ({ id }) => id, judge: fixed('another name is another program') },
  { path: 'title', words: 'its title', read: ({ title }) => title, judge: forEach(always('neutral')) },
  { path: 'language', words: 'its language', read: ({ language }) => language, judge: forEach(always('neutral')) },
  {
    path: 'titles',
    words: 'its title in other languages',
    read: ({ titles }) => titles,
    judge: forEach(always('neutral')),
  },
  {
    path: 'organiser',
    words: 'who runs it',
    read: ({ organiser }) => organiser,
    judge: fixed('whoever acknowledged applications answers for them'),
  },
  {
    path: 'asset',
    words: 'what it gives',
    read: ({ asset }) => asset,
    judge: fixed('its accounts are of one asset'),
    say: (_value, { asset }) => `${asset.code} of ${asset.decimals} decimals`,
  },
  {
    path: 'budget',
    words: 'its budget',
    read: ({ budget }) => budget,
    judge: forAll(moreIsBetter, 'raise'),
    say: inMoney,
  },
  { path: 'window.opensAt', words: 'when it opens', read: (p) => p.window.opensAt, judge: judgeOpening, say: asDate },
  {
    path: 'window.closesAt',
    words: 'when it closes',
    read: (p) => p.window.closesAt,
    judge: judgeClosing,
    say: asDate,
  },
  {
    path: 'maxApplications',
    words: 'how many may apply',
    read: (p) => p.maxApplications,
    judge: forAll(moreIsBetter),
  },
  {
    path: 'intakeWithinMs',
    words: 'how soon everybody who applied stands in the log',
    read: (p) => p.intakeWithinMs,
    judge: forAll(lessIsBetter),
    say: inTime,
  },
  { path: 'query', words: 'what people show', read: ({ query }) => query, judge: forEach(always('adverse')) },
  { path: 'eligibility', words: 'who qualifies', read: (p) => p.eligibility, judge: forEach(eligibilityEases) },
  {
    path: 'uniqueness',
    words: 'what people are counted by',
    read: ({ uniqueness: { claim, key } }) => ({ claim, key }),
    judge: fixed('people are counted in one set for as long as the program lasts'),
  },
  { path: 'uniqueness.issuers', words: 'whose word counts', read: (p) => p.uniqueness.issuers, judge: judgeIssuers },
  { path: 'assurance', words: 'how sure the word has to be', read: (p) => p.assurance, judge: forEach(assuranceEases) },
  {
    path: 'allocation',
    words: 'how it is shared',
    read: ({ allocation: a }) => (a.mode === 'instant' ? a.mode : a.rule),
    judge: fixed('people applied to be paid in this way'),
  },
  {
    path: 'allocation.amount',
    words: 'what each gets',
    read: ofRule('instant', 'amount'),
    judge: ofBoth(judgeAmount),
    say: inMoney,
  },
  {
    path: 'allocation.maxRecipients',
    words: 'how many are paid',
    read: ofRule('instant', 'maxRecipients'),
    judge: ofBoth(judgeRecipients),
  },
  {
    path: 'allocation.firstCome',
    words: 'first come, first served',
    read: ofRule('instant', 'firstCome'),
    judge: judgeFirstCome,
  },
  {
    path: 'allocation.cap',
    words: 'the most that one gets',
    read: ofRule('equal-capped', 'cap'),
    judge: ofBoth((was, is, context) => {
      const effect = moreIsBetter(was, is);
      return { effect, never: effect === 'favourable' ? raised(context) : undefined };
    }),
    say: inMoney,
  },
  {
    path: 'allocation.weight',
    words: 'what a share is reckoned by',
    read: ofRule('pro-rata', 'weight'),
    judge: judgeShare,
  },
  {
    path: 'allocation.cap',
    words: 'the most that one gets',
    read: ofRule('pro-rata', 'cap'),
    judge: judgeShare,
    say: inMoney,
  },
  {
    path: 'allocation.amount',
    words: 'what each that is drawn gets',
    read: ofRule('lottery', 'amount'),
    judge: judgeShare,
    say: inMoney,
  },
  {
    path: 'beacon',
    words: 'where chance comes from',
    read: (p) => p.beacon,
    judge: fixed('whoever changes it may know the draw'),
  },
  { path: 'issuerCaps', words: 'caps of issuers', read: (p) => p.issuerCaps, judge: forAll(capsEase, 'raise') },
  {
    path: 'issuerClassCaps',
    words: 'caps of issuers on probation',
    read: (p) => p.issuerClassCaps,
    judge: forAll(capsEase, 'raise'),
  },
  { path: 'destinations', words: 'where it pays to', read: (p) => p.destinations, judge: forEach(superset) },
  {
    path: 'publication',
    words: 'what is shown of the lists',
    read: (p) => p.publication,
    judge: fixed('people applied knowing what would be shown of them'),
  },
  {
    path: 'appealMs',
    words: 'how long one can appeal',
    read: (p) => p.appealMs,
    judge: forAll(moreIsBetter),
    say: inTime,
  },
  {
    path: 'confirm.withinMs',
    words: 'how long what is reserved may wait',
    read: (p) => p.confirm.withinMs,
    judge: forAll(moreIsBetter),
    say: inTime,
  },
  {
    path: 'confirm.otherwise',
    words: 'what becomes of it then',
    read: (p) => p.confirm.otherwise,
    judge: forAll((_was, is) => (is === 'post' ? 'favourable' : 'adverse')),
  },
  {
    path: 'reserveMax',
    words: 'how much may be reserved at once',
    read: (p) => p.reserveMax,
    judge: fixed('the account of its budget was opened with this bound'),
    say: inMoney,
  },
  {
    path: 'returned',
    words: 'where money goes that comes back',
    read: (p) => p.returned,
    judge: forAll((_was, is) => (is === 'next' ? 'favourable' : 'adverse')),
  },
  {
    path: 'lossBorneBy',
    words: 'who bears a loss',
    read: (p) => p.lossBorneBy,
    judge: fixed('whoever bears it agreed to these rules and no others'),
  },
  { path: 'renounced', words: 'what is renounced', read: (p) => p.renounced, judge: judgeRenounced },
];

import {
  checkRulebook,
  compareRulebooks,
  grantOf,
  instructionSchema,
  type Party,
  type Power,
  parseJsonObject,
  partySchema,
  powerForParty,
  programSchema,
  type Rulebook,
  recognitionSchema,
  rulebookSchema,
} from '@holdfast/core';
import type { OpenedProposal } from '@holdfast/server/answers';
import { type DecisionWords, wordsOfDecision } from './decision-words.ts';

/** What a decision can be about, beside credentials. */
export type PayloadKind = 'party' | 'rulebook' | 'program' | 'revision' | 'payment' | 'recognition';

/** What is looked up while somebody writes. */
export type Known = {
  readonly rulebook: Rulebook;
  readonly parties: readonly Party[];
  /** For a revision: the digest of the version that it replaces. */
  readonly replaces?: string | undefined;
  /** For the rulebook: at once, tightening only, and for a while. */
  readonly isEmergency?: boolean | undefined;
};

/** A payload that can be proposed: by which power, with which members of `POST /decisions`, and what it will do. */
export type CheckedPayload =
  | {
      readonly isWhole: true;
      readonly power: Power;
      readonly members: Readonly<Record<string, unknown>>;
      readonly words: DecisionWords;
      /** What the check finds in it that forbids nothing. */
      readonly notes: readonly string[];
    }
  | { readonly isWhole: false; readonly why: string };

const BOUNDS = { maxLength: 1_048_576, maxDepth: 32 } as const;

/** What this text would decide, or what is wrong with it, where. The words are those that officers are shown to sign by. */
export function checkPayload(kind: PayloadKind, text: string, known: Known): CheckedPayload {
  try {
    const value = parseJsonObject(text, BOUNDS);
    const checked = check(kind, value, known);
    if (!('power' in checked)) return { isWhole: false, why: checked.why };
    if (grantOf(known.rulebook, checked.power) === undefined) {
      return { isWhole: false, why: `This takes the power to ${checked.power}, which the rulebook grants to nobody.` };
    }
    return { isWhole: true, notes: [], ...checked };
  } catch (error) {
    return { isWhole: false, why: error instanceof Error ? error.message : String(error) };
  }
}

type Checked =
  | (Pick<Extract<CheckedPayload, { isWhole: true }>, 'power' | 'members' | 'words'> & {
      readonly notes?: readonly string[];
    })
  | { readonly why: string };

/** Members are sent as they were written: what was parsed holds amounts that JSON does not. */
function check(kind: PayloadKind, value: object, known: Known): Checked {
  switch (kind) {
    case 'party':
      return checkParty(value, known);
    case 'rulebook':
      return checkAmendment(value, known);
    case 'program':
    case 'revision': {
      const parsed = programSchema.safeParse(value);
      if (!parsed.success) return { why: whyNot(parsed.error) };
      if (kind === 'program') return told('release', { program: value }, { program: parsed.data }, known);
      const { replaces } = known;
      if (replaces === undefined) return { why: 'Say which program it is the next version of.' };
      return told('revise', { program: value, replaces }, { program: parsed.data }, known);
    }
    case 'payment': {
      const parsed = instructionSchema.safeParse(value);
      if (!parsed.success) return { why: whyNot(parsed.error) };
      const { act } = parsed.data;
      const power = act === 'cancel' && grantOf(known.rulebook, 'return') !== undefined ? 'return' : 'release';
      return told(power, { instruction: value }, { instruction: parsed.data }, known);
    }
    case 'recognition': {
      const parsed = recognitionSchema.safeParse(value);
      if (!parsed.success) return { why: whyNot(parsed.error) };
      return told('recognise', { recognition: value }, { recognition: parsed.data }, known);
    }
    default:
      return kind satisfies never;
  }
}

function checkParty(value: object, known: Known): Checked {
  const parsed = partySchema.safeParse(value);
  if (!parsed.success) return { why: whyNot(parsed.error) };
  const before = known.parties.find(({ id }) => id === parsed.data.id);
  const power = powerForParty(known.rulebook, before, parsed.data);
  const checked = told(power, { party: value }, { party: parsed.data }, known);
  if ('words' in checked && before !== undefined && checked.words.changes.length === 0) {
    return { why: 'That is the entry as it is: nothing would change.' };
  }
  return checked;
}

function checkAmendment(value: object, known: Known): Checked {
  const parsed = rulebookSchema.safeParse(value);
  if (!parsed.success) return { why: whyNot(parsed.error) };
  const changes = compareRulebooks(known.rulebook, parsed.data);
  if (changes.length === 0) return { why: 'That is the rulebook as it is: nothing would change.' };
  const looser = changes.filter(({ effect }) => effect === 'looser').length;
  if (known.isEmergency === true && looser > 0) {
    return { why: `${looser} of these changes allow more than before: at once one may only tighten.` };
  }
  const members = { rulebook: value, ...(known.isEmergency === true ? { emergency: true } : {}) };
  const checked = told('amend', members, { changes }, known);
  const notes = checkRulebook(parsed.data).map(({ code, path }) => `The check of rulebooks finds ${code} at ${path}.`);
  return { ...checked, notes };
}

type Preview = Partial<OpenedProposal['openings']> & Pick<OpenedProposal, 'changes'>;

function told(power: Power, members: Readonly<Record<string, unknown>>, preview: Preview, known: Known): Checked {
  const { changes, ...openings } = preview;
  const parameters = { effectiveAt: 0, ...(members.emergency === true ? { lapsesAt: 0 } : {}) };
  const shown = {
    terms: { power, parameters, targets: { count: 1 } },
    openings: { targets: [], reasons: [], evidence: [], ...openings },
    ...(changes === undefined ? {} : { changes }),
  } as unknown as OpenedProposal;
  const words = wordsOfDecision(shown, known);
  if (members.emergency !== true) return { power, members, words };
  // When it lapses is not known before the governor has drawn it up.
  const effects = ['It takes effect at once, and lapses unless it is confirmed under notice.'];
  return { power, members, words: { ...words, effects } };
}

function whyNot(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}) {
  const [issue] = error.issues;
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${issue?.path.map(String).join('.') || 'The whole'}: ${issue?.message}${more}`;
}

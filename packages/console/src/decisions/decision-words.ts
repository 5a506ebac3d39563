import {
  canonicalJson,
  type Party,
  type Power,
  parsePublicJwk,
  type Rulebook,
  textOfClass,
  thumbprint,
} from '@holdfast/core';
import type { OpenedProposal } from '@holdfast/server/answers';
import { dutiesOfRole } from '../officer/role-words.ts';
import { amountOf } from '../parts/money-words.ts';
import { dateOf, durationOf } from '../parts/time-words.ts';

/** A decision as whoever signs it has to understand it. */
export type DecisionWords = {
  readonly title: string;
  /** What happens once enough have signed. */
  readonly effects: readonly string[];
  /** To how many, of what. */
  readonly to: string;
  /** How it could be put right, if it could. */
  readonly undo: string;
  /** Members that become other than they were: where, from, to. */
  readonly changes: readonly Change[];
};

export type Change = {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
  readonly effect?: string;
};

const NOUNS: Readonly<Record<Power, string>> = {
  revoke: 'Revoke',
  suspend: 'Suspend',
  lift: 'Lift the suspension of',
  reinstate: 'Allow another credential instead of',
  accredit: 'Change the entry of',
  withdraw: 'Withdraw from',
  enrol: 'Enrol',
  rotate: 'Change keys of',
  compromise: 'Declare a key compromised of',
  except: 'Make an exception for',
  amend: 'Change the rulebook',
  cancel: 'Take back a change of the rulebook',
  release: 'Release money',
  return: 'Return money',
  revise: 'Change a program',
  recognise: 'Recognise another network',
  unseal: 'Join what roles call',
};

/** What the decision says, from its openings alone: the digest that is signed is recomputed from just these. */
export function wordsOfDecision(
  { terms, openings, changes }: OpenedProposal,
  { rulebook, parties }: { readonly rulebook: Rulebook; readonly parties: readonly Party[] },
): DecisionWords {
  const { power, parameters } = terms;
  const count = terms.targets.count;
  const them = count === 1 ? 'it' : 'them';
  const named = `${count} credential${count === 1 ? '' : 's'}`;
  const until = Number(parameters.until ?? 0);
  switch (power) {
    case 'revoke':
      return {
        title: `Revoke ${named}`,
        to: named,
        effects: [
          `Everybody who follows this network refuses ${them} within seconds, for good.`,
          'Payments not made yet are not made.',
        ],
        undo: 'A revoked credential never counts again. A mistake is put right by giving the person another one (reinstate).',
        changes: [],
      };
    case 'suspend':
      return {
        title: `Suspend ${named}`,
        to: named,
        effects: [
          `Nobody relies on ${them} until ${dateOf(until)}. Then ${count === 1 ? 'it counts' : 'they count'} again, unless revoked before.`,
        ],
        undo: 'Officers can lift it earlier.',
        changes: [],
      };
    case 'lift':
      return {
        title: `Lift the suspension of ${named}`,
        to: named,
        effects: ['With the next epoch what was suspended counts again.'],
        undo: 'It can be suspended again.',
        changes: [],
      };
    case 'unseal':
      return {
        title: 'Join what the roles call one credential',
        to: 'the holder of 1 credential',
        effects: [
          'Each role may say which of its traces are about this credential. The log shows that this was decided.',
        ],
        undo: 'What was said cannot be taken back.',
        changes: [],
      };
    case 'reinstate':
      return {
        title: 'Allow another credential in place of a revoked one',
        to: 'the holder of 1 credential',
        effects: ['The issuer offers whoever held it a new one. The revoked one stays revoked.'],
        undo: 'The new one can be revoked like any other.',
        changes: [],
      };
    case 'amend':
      return {
        title: parameters.lapsesAt === undefined ? 'Change the rulebook' : 'Tighten the rulebook at once',
        to: 'everybody in this network',
        effects: [
          Number(parameters.effectiveAt) === 0
            ? 'It takes effect as soon as the notice allows.'
            : `It takes effect on ${dateOf(Number(parameters.effectiveAt))}, or when the notice is over.`,
          ...(parameters.lapsesAt === undefined
            ? []
            : [`It lapses on ${dateOf(Number(parameters.lapsesAt))} unless it is confirmed under notice.`]),
        ],
        undo: 'Until it is in force, who may cancel can take it back.',
        changes: changes ?? [],
      };
    case 'cancel':
      return {
        title: NOUNS.cancel,
        to: 'everybody in this network',
        effects: [`The change that entry #${parameters.amendment} announced never comes into force.`],
        undo: 'It can be decided anew, with its whole notice.',
        changes: [],
      };
    case 'revise':
      return wordsOfRevision(openings.program, Number(parameters.effectiveAt ?? 0));
    case 'release':
    case 'return':
      return wordsOfMoney(power, openings);
    case 'recognise':
      return wordsOfRecognition(openings);
    case 'accredit':
    case 'withdraw':
    case 'enrol':
    case 'rotate':
    case 'compromise':
    case 'except':
      return wordsOfParty(power, openings.party, { rulebook, parties });
    default:
      return power satisfies never;
  }
}

/** The rulebook's public words for why, and the private ones. */
export function reasonsOf({ terms, openings }: OpenedProposal, rulebook: Rulebook): readonly string[] {
  const said = openings.reasons.map(({ value }) => (typeof value === 'string' ? value : canonicalJson(value)));
  return [textOfClass(rulebook, terms.class), ...said];
}

function wordsOfRevision(program: OpenedProposal['openings']['program'], effectiveAt: number): DecisionWords {
  const budget = program === undefined ? '' : amountOf(String(program.budget), program.asset);
  return {
    title: `Change the rules of ${program?.id ?? 'a program'}`,
    to: `everybody who applies to it later, at most ${program?.maxApplications ?? '?'} people in all`,
    effects: [
      `The rules below come into force on ${dateOf(effectiveAt)}, or as soon as their notice is over.`,
      `Its budget is ${budget} then. Whoever has applied keeps what they applied under.`,
    ],
    undo: 'Until it is in force, who may cancel can take it back.',
    changes: [],
  };
}

function wordsOfMoney(
  power: 'release' | 'return',
  { program, instruction }: OpenedProposal['openings'],
): DecisionWords {
  if (program !== undefined) {
    const { id, title, asset, budget, window, allocation } = program;
    const mode = 'rule' in allocation ? allocation.rule : allocation.mode;
    return {
      title: `Release up to ${amountOf(String(budget), asset)} for ${id}`,
      to: `up to ${program.maxApplications} people`,
      effects: [
        `“${title}” takes applications from ${dateOf(window.opensAt)} to ${dateOf(window.closesAt)} and allots by ${mode}.`,
        'Payments inside these rules then need no further decision.',
        `What nobody confirms within ${durationOf(program.confirm.withinMs)} is ${program.confirm.otherwise === 'post' ? 'paid' : 'returned'}.`,
      ],
      undo: 'Money that is paid does not come back by a decision.',
      changes: [],
    };
  }
  const acts = {
    retry: 'Pay again',
    cancel: 'Return what is reserved of',
    redirect: 'Send to another place',
    settle: 'Count as paid',
  };
  const act = instruction === undefined ? NOUNS[power] : acts[instruction.act];
  return {
    title: `${act}: one payment of ${instruction?.program ?? 'a program'}`,
    to: '1 payment',
    effects: [
      `Payment ${instruction?.payment ?? '?'}, attempt ${instruction?.attempt ?? '?'}.`,
      ...(instruction?.amount === undefined ? [] : [`Of ${instruction.amount} in the smallest unit.`]),
      ...(instruction?.destination === undefined
        ? []
        : [`To the destination with the digest ${instruction.destination}.`]),
      ...(instruction?.act === 'retry' ? ['If the last attempt arrived after all, it is paid twice.'] : []),
    ],
    undo: 'Money that is paid does not come back by a decision.',
    changes: [],
  };
}

function wordsOfRecognition({ recognition }: OpenedProposal['openings']): DecisionWords {
  const types = recognition?.types ?? [];
  const name = recognition?.title ?? recognition?.network ?? '?';
  return {
    title: types.length === 0 ? `End the recognition of ${name}` : `Recognise ${name}`,
    to: 'everybody who verifies here',
    effects: types.map((type) => canonicalJson(type)).concat([`Until ${dateOf(recognition?.until ?? 0)}.`]),
    undo: 'A later decision replaces it.',
    changes: [],
  };
}

function wordsOfParty(
  power: Power,
  after: Party | undefined,
  { rulebook, parties }: { readonly rulebook: Rulebook; readonly parties: readonly Party[] },
): DecisionWords {
  const before = parties.find(({ id }) => id === after?.id);
  const changes = changesOfParty(before, after);
  const roles = after?.roles ?? [];
  const granted = rulebook.powers.filter((grant) => grant.roles.some((role) => roles.includes(role)));
  const may = granted.map((grant) => `${grant.power} (${grant.quorum} must sign)`).join(', ');
  const name = after?.name === undefined ? after?.id : `${after.name} (${after.id})`;
  const isOfficer = after?.kind === 'officer';
  return {
    title: `${NOUNS[power]} ${name ?? 'a party'}`,
    to: '1 party',
    effects: [
      ...(isOfficer ? [`${after.id} may then sign for: ${may || 'nothing that this rulebook names'}.`] : []),
      ...(isOfficer ? dutiesOf(rulebook, after) : []),
      ...(isOfficer && changes.some(({ path }) => path === 'keys')
        ? [`Whoever has the new key speaks as ${after.id}: compare its thumbprint below with the one they read to you.`]
        : []),
      ...(power === 'compromise'
        ? [
            isOfficer
              ? 'Approvals by that key count no more.'
              : 'Every credential signed by that key is revoked at once.',
          ]
        : []),
      before === undefined ? 'The network gets this party.' : 'The entry of this party becomes what stands below.',
    ],
    undo:
      power === 'compromise'
        ? 'A key declared compromised never counts again.'
        : 'A later decision can change it again.',
    changes,
  };
}

function dutiesOf(rulebook: Rulebook, { id, roles = [] }: Party): readonly string[] {
  const duties = [...new Set(roles.flatMap((role) => dutiesOfRole(rulebook, role)))];
  return duties.length === 0 ? [] : [`${id} then also ${duties.join('; ')}.`];
}

/** Member by member, and none left out: what is not shown could be signed unseen. */
function changesOfParty(before: Party | undefined, after: Party | undefined): readonly Change[] {
  if (after === undefined) return [];
  const [was, is] = [before ?? {}, after] as const;
  const members = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((member) => member !== 'id').sort();
  return members.flatMap((member) => {
    const [old, now] = [wordsOfMember(was, member), wordsOfMember(is, member)];
    if (old === now) return [];
    return [{ path: member, ...(old === '' ? {} : { before: old }), ...(now === '' ? {} : { after: now }) }];
  });
}

function wordsOfMember(party: Partial<Party>, member: string): string {
  const value = (party as Readonly<Record<string, unknown>>)[member];
  if (value === undefined) return '';
  if (member === 'keys') return (party.keys ?? []).map(wordsOfKey).join('\n');
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? one : canonicalJson(one))).join('\n');
  return typeof value === 'string' ? value : canonicalJson(value);
}

function wordsOfKey({ use, key, from, until, compromised }: Party['keys'][number]): string {
  const begins = from === undefined ? '' : `, from ${dateOf(from)}`;
  const ends = until === undefined ? '' : `, until ${dateOf(until)}`;
  const stolen = compromised === undefined ? '' : `, compromised since ${dateOf(compromised)}`;
  return `${use} ${thumbprint(parsePublicJwk(key))}${begins}${ends}${stolen}`;
}

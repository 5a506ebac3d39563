import { canonicalJson } from '../encoding/json.ts';
import { algorithmOf, type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { encodeSigningInput } from '../encoding/jws.ts';
import { CodedError, isCodedError } from '../errors.ts';
import type { Party } from '../fold/statement.ts';
import type { Instruction } from '../program/instruction.ts';
import type { Program } from '../program/program.ts';
import type { Power, Rulebook } from '../rulebook/rulebook.ts';
import type { Recognition } from '../trust/recognition.ts';
import {
  APPROVAL_TYP,
  bindingDigest,
  type DecisionTerms,
  decisionDigest,
  type ErasedLeaf,
  type SaltedLeaf,
  saltedRoot,
} from './decision.ts';

/** What a decision is about: one index of a list, a party's new entry, or by its binding digest what it lets in. */
export type DecisionTarget =
  | { readonly list: string; readonly index: number }
  | { readonly party: string }
  | { readonly rulebook: string }
  | { readonly program: string }
  | { readonly instruction: string }
  | { readonly recognition: string };

/** What the digests in a decision's terms stand for. Private: to officers, and leaf by leaf to those concerned. */
export type DecisionOpenings = {
  readonly targets: readonly SaltedLeaf[];
  readonly reasons: readonly SaltedLeaf[];
  readonly evidence: readonly SaltedLeaf[];
  /** Leaves that were erased since: what they said is gone, what they were signed as stays. */
  readonly erased?: readonly ErasedLeaf[];
  /** Powers over parties: the entry that the party will have. */
  readonly party?: Party;
  /** Power `amend`: the rulebook that will be in force. */
  readonly rulebook?: Rulebook;
  /** Powers `release` and `revise`: the program that begins, its next version, or the one act on a payment. */
  readonly program?: Program;
  readonly instruction?: Instruction;
  /** Power `recognise`: what is taken from another network from now on. */
  readonly recognition?: Recognition;
};

/** What an officer believes to be signing, from a source other than the one who asks for the signature. */
export type ExpectedDecision = {
  /** The network's name. */
  readonly genesis: string;
  readonly power: Power;
  /** All targets, in any order. */
  readonly targets: readonly DecisionTarget[];
  /** When given, the binding digest of the entry that a party will have. */
  readonly party?: string;
  /** To amend: whether it takes effect at once, and lapses. */
  readonly emergency?: true;
  /** To cancel: the entry that announced what never comes into force. */
  readonly amendment?: number;
  /** To revise: the digest of the version in force, which the next one was compared with. */
  readonly replaces?: string;
  /** When given, the public class of reason. */
  readonly class?: string;
};

/** The bytes an officer signs to approve the decision with this digest; `encodeJws` makes the approval of it. */
export function approvalSigningInput(digest: string, officerKey: PublicJwk): string {
  const header = { alg: algorithmOf(officerKey), kid: thumbprint(officerKey), typ: APPROVAL_TYP };
  return encodeSigningInput(header, { digest });
}

/** The sets of parameters each power may have besides the roots of reasons and evidence. */
const PARAMETERS: Readonly<Record<Power, readonly (readonly string[])[]>> = {
  revoke: [[]],
  suspend: [['until']],
  lift: [[]],
  reinstate: [['reinstatement']],
  accredit: [['party']],
  withdraw: [['party']],
  enrol: [['party']],
  rotate: [['party']],
  compromise: [['party']],
  amend: [
    ['effectiveAt', 'rulebook'],
    ['effectiveAt', 'lapsesAt', 'rulebook'],
  ],
  cancel: [['amendment']],
  release: [['program'], ['instruction', 'of']],
  return: [['instruction', 'of']],
  revise: [['effectiveAt', 'program', 'replaces']],
  recognise: [['recognition']],
  except: [['party', 'rule']],
  unseal: [['unsealing']],
};

/**
 * The digest to sign, once everything that the terms bind has been recomputed from the openings and is what the officer
 * expects: nobody signs blindly, whoever asks. Throws `approval.terms-differ`; `details.what` names the first part that
 * is not so: `network`, `power`, `class`, `parameters`, `targets`, `reasons`, `evidence`, `party`, `rulebook`, `program`,
 * `instruction` or `recognition`.
 */
export function checkTerms(terms: DecisionTerms, openings: DecisionOpenings, expected: ExpectedDecision): string {
  const { parameters } = terms;
  const targets = openings.targets.map((leaf) => leaf.value);
  const holds: readonly (readonly [what: string, holds: boolean])[] = [
    ['network', terms.genesis === expected.genesis],
    ['power', terms.power === expected.power],
    ['class', expected.class === undefined || terms.class === expected.class],
    ['parameters', hasParameters(terms)],
    ['parameters', (parameters.lapsesAt !== undefined) === (expected.emergency === true)],
    ['parameters', parameters.amendment === expected.amendment],
    ['targets', terms.targets.count === targets.length && areSame(targets, expected.targets)],
    ['targets', isRootOf(terms.targets.root, 'target', openings.targets)],
    ['reasons', isRootOf(parameters.reasons, 'reason', openings.reasons)],
    ['evidence', isRootOf(parameters.evidence, 'evidence', openings.evidence)],
    ['party', isBound(parameters.party, openings.party) && namesParty(openings.party, targets)],
    ['party', expected.party === undefined || expected.party === parameters.party],
    ['rulebook', isBound(parameters.rulebook, openings.rulebook)],
    ['program', isBound(parameters.program, openings.program)],
    ['program', parameters.replaces === expected.replaces],
    ['instruction', isBound(parameters.instruction, openings.instruction)],
    ['instruction', parameters.of === openings.instruction?.program],
    ['instruction', terms.power !== 'return' || openings.instruction?.act === 'cancel'],
    ['targets', terms.power !== 'reinstate' || parameters.reinstatement === saltedTargetOf(openings)],
    ['targets', terms.power !== 'unseal' || parameters.unsealing === saltedTargetOf(openings)],
    ['recognition', isBound(parameters.recognition, openings.recognition)],
  ];
  const wrong = holds.find(([, isSo]) => !isSo);
  if (wrong === undefined) return decisionDigest(terms);
  const [what] = wrong;
  throw new CodedError('approval.terms-differ', `The ${what} of this decision are not what you were shown.`, { what });
}

/** The salted target: it tells nobody in the log whose credential that is, and can be opened to the roles that it is for. */
function saltedTargetOf({ targets: [target] }: DecisionOpenings): string | undefined {
  return target === undefined ? undefined : bindingDigest(target);
}

/** A parameter that nothing here explains might mean anything to somebody else. */
function hasParameters({ power, parameters }: DecisionTerms): boolean {
  const given = canonicalJson(Object.keys(parameters).sort());
  return PARAMETERS[power].some((names) => canonicalJson(['reasons', 'evidence', ...names].sort()) === given);
}

/** As sets: a target named twice hides one that is not named. */
function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  const [left, right] = [new Set(a.map(canonicalJson)), new Set(b.map(canonicalJson))];
  if (left.size !== a.length || right.size !== b.length || left.size !== right.size) return false;
  return [...left].every((value) => right.has(value));
}

function isRootOf(root: unknown, kind: SaltedLeaf['kind'], leaves: readonly SaltedLeaf[]): boolean {
  try {
    return leaves.every((leaf) => leaf.kind === kind) && saltedRoot(leaves) === root;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

function isBound(digest: unknown, value: unknown): boolean {
  return digest === (value === undefined ? undefined : bindingDigest(value));
}

function namesParty(party: Party | undefined, targets: readonly unknown[]): boolean {
  return party === undefined || areSame(targets, [{ party: party.id }]);
}

import { compareBytes } from '../encoding/bytes.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import type { ProgramRecord } from '../fold/state.ts';
import { rootOf } from '../log/tree.ts';
import { allocationResultSchema, entitlementOf } from './allocation.ts';
import { type Acknowledgement, type Application, applicationDigest, digestSchema } from './application.ts';
import { judgeBeacon } from './judge-beacon.ts';
import { candidateOf } from './judge-draw.ts';
import {
  type AbsenceProof,
  type AdmittedLeaf,
  encodeIntakeLeaf,
  encodeSealLeaf,
  type LeafList,
  type LeafProof,
  leafCommitment,
  type RefusedLeaf,
  verifyAbsence,
  verifyLeaf,
} from './leaves.ts';
import { APPLICATION_REFUSALS, type ApplicationRefusal } from './refusals.ts';
import { mostOf, sharesUnder, sharingOf, versionsFor } from './versions.ts';

/** A whole list as it is published with closed leaves: their commitments, in the order of the list. */
export type ClosedList = { readonly leaves: readonly string[] };

export type OpenedLeaf =
  | { readonly list: 'admitted'; readonly leaf: AdmittedLeaf; readonly proof: LeafProof }
  | { readonly list: 'refused'; readonly leaf: RefusedLeaf; readonly proof: LeafProof };

/** An applicant's own files, and what the log says: enough to check an outcome without asking anybody. */
export type ResultQuestion = {
  /** The program as folded from the log. */
  readonly record: ProgramRecord;
  /** The log's time, as far as it was read. */
  readonly time: number;
  readonly application: Application;
  /** `presentedDigest` of what was presented with it. */
  readonly presented: string;
  /** `isSigned`: by a key that the organiser had when it was given. `isStolen`: by one that was declared stolen. */
  readonly acknowledgement?: {
    readonly content: Acknowledgement;
    readonly isSigned: boolean;
    readonly isStolen?: boolean;
  };
  /** That the application stands in the intake or not: by a proof, or by the whole list. */
  readonly intake?: LeafProof | AbsenceProof | ClosedList;
  /** What became of it: opened by whoever runs the program, or found by the applicant in the whole lists. */
  readonly seal?: OpenedLeaf | { readonly admitted: ClosedList; readonly refused: ClosedList };
  /** What the applicant knows of their own application: who attested it, and the weight their claims give. */
  readonly own?: { readonly issuer: string; readonly weight?: string };
};

/** What one still needs to check further. */
export type MissingFile = 'acknowledgement' | 'intake-proof' | 'seal-proof' | 'own-facts';

/**
 * What does not fit. The files themselves: `program`, `acknowledgement` (it is about something else), `signature` (the
 * organiser did not sign it), `stolen-key` (a thief may have: the log has nothing of this application). What was given as proof: `intake-proof`, `seal-proof`, `seal-list`. What was done, each a fault
 * that can be shown to others: `omitted` from both lists although in the intake, `facts` in the leaf that are not the
 * applicant's, `draw-seal`, `draw-result`, `beacon`.
 */
export type Contradiction =
  | 'program'
  | 'acknowledgement'
  | 'signature'
  | 'stolen-key'
  | 'intake-proof'
  | 'seal-proof'
  | 'seal-list'
  | 'omitted'
  | 'facts'
  | 'draw-seal'
  | 'draw-result'
  | 'beacon';

export type CheckedResult =
  /** Admitted; minor units, none for who was not drawn. `held`: reserved until confirmed. */
  | { readonly outcome: 'entitled'; readonly amount: bigint; readonly held: boolean }
  | { readonly outcome: 'refused'; readonly code: ApplicationRefusal }
  /** Acknowledged, and not in the intake: proved against whoever signed the acknowledgement. */
  | { readonly outcome: 'dropped' }
  /** The intake should stand in the log by now, and does not. */
  | { readonly outcome: 'overdue'; readonly by: number }
  | { readonly outcome: 'waiting'; readonly step: 'intake' | 'seal' | 'draw' }
  | { readonly outcome: 'incomplete'; readonly missing: MissingFile }
  | { readonly outcome: 'contradicted'; readonly by: Contradiction };

/** Checks what became of one application, from the applicant's own files and the log. Total: malformed proofs prove nothing. */
export function checkResult(question: ResultQuestion): CheckedResult {
  const { record, application, presented } = question;
  // Of the rules that the applicant signed for, in force or not: what those promised is kept.
  if (versionsFor(record, application.program) === undefined) return contradicted('program');
  const digest = applicationDigest(application, presented);
  const { acknowledgement } = question;
  if (acknowledgement === undefined) return { outcome: 'incomplete', missing: 'acknowledgement' };
  const { content, isSigned } = acknowledgement;
  const isAboutThis = content.program === application.program && content.application === digest;
  if (!isAboutThis || content.iss !== record.program.organiser) return contradicted('acknowledgement');
  if (!isSigned) return contradicted('signature');
  const outside = checkIntake(question, content);
  // In the log it needs no signature of theirs; outside it a thief could accuse them with any date.
  const accuses = outside?.outcome === 'dropped' || outside?.outcome === 'overdue';
  if (acknowledgement.isStolen === true && accuses) return contradicted('stolen-key');
  return (
    outside ??
    (record.seal === undefined ? { outcome: 'waiting', step: 'seal' } : checkSeal(question, content, record.seal))
  );
}

function contradicted(by: Contradiction): CheckedResult {
  return { outcome: 'contradicted', by };
}

/** Undefined when the application stands in the intake. */
function checkIntake({ record, time, intake }: ResultQuestion, content: Acknowledgement): CheckedResult | undefined {
  const list = record.intake;
  if (list === undefined) {
    const by = promisedBy(record, content);
    return time > by ? { outcome: 'overdue', by } : { outcome: 'waiting', step: 'intake' };
  }
  if (intake === undefined) return { outcome: 'incomplete', missing: 'intake-proof' };
  const leaf = encodeIntakeLeaf(content);
  if ('leaves' in intake) {
    if (!isWhole(intake, list)) return contradicted('intake-proof');
    return intake.leaves.includes(leafCommitment(leaf)) ? undefined : { outcome: 'dropped' };
  }
  if ('index' in intake) return verifyLeaf(leaf, list, intake) ? undefined : contradicted('intake-proof');
  return verifyAbsence(leaf, list, intake) ? { outcome: 'dropped' } : contradicted('intake-proof');
}

/** A later version may have moved the end of the window, as everybody can read in the log. */
function promisedBy({ program, earlier }: ProgramRecord, { intakeBy }: Acknowledgement): number {
  return earlier === undefined ? intakeBy : Math.max(intakeBy, program.window.closesAt + program.intakeWithinMs);
}

/** Are these all the leaves of the list that the log states, in its order? */
function isWhole({ leaves }: ClosedList, { root, count }: LeafList): boolean {
  if (leaves.length !== count || !leaves.every((leaf) => digestSchema.safeParse(leaf).success)) return false;
  const hashes = leaves.map(parseBase64url);
  const ascends = hashes.every((hash, i) => i === 0 || compareBytes(hashes[i - 1] ?? hash, hash) < 0);
  return ascends && encodeBase64url(rootOf(hashes)) === root;
}

type Seal = NonNullable<ProgramRecord['seal']>;

function checkSeal(question: ResultQuestion, content: Acknowledgement, lists: Seal): CheckedResult {
  const { seal } = question;
  if (seal === undefined) return { outcome: 'incomplete', missing: 'seal-proof' };
  if (!('list' in seal)) return findInLists(question, content, lists, seal);
  const { application, salt } = seal.leaf;
  if (application !== content.application || salt !== content.salt) return contradicted('facts');
  if (!verifyLeaf(encodeSealLeaf(seal.leaf), lists[seal.list], seal.proof)) return contradicted('seal-proof');
  if (seal.list === 'refused') return { outcome: 'refused', code: seal.leaf.code };
  return isOwn(question, seal.leaf) ? checkDraw(question, seal.leaf) : contradicted('facts');
}

/** What may stand in the leaf; which of the versions admitted somebody follows from claims that not everybody is shown. */
function sharesOf({ record, application }: Pick<ResultQuestion, 'record' | 'application'>) {
  return sharesUnder(versionsFor(record, application.program) ?? [], application);
}

/** A leaf that says less than the applicant asked for, or another issuer, would change what they get. */
function isOwn({ record, application, own }: ResultQuestion, leaf: AdmittedLeaf): boolean {
  const isWanted = sharesOf({ record, application }).some(({ want }) => leaf.want === want);
  return isWanted && (own === undefined || (leaf.issuer === own.issuer && leaf.weight === own.weight));
}

/**
 * The salt of the acknowledgement is that of the leaf, so applicants make every leaf there could be about them, and look which
 * one is there. They need nobody for it, and nobody learns who looked.
 */
function findInLists(
  question: ResultQuestion,
  { application, salt }: Acknowledgement,
  lists: Seal,
  given: { readonly admitted: ClosedList; readonly refused: ClosedList },
): CheckedResult {
  const { record, own } = question;
  if (!isWhole(given.admitted, lists.admitted) || !isWhole(given.refused, lists.refused))
    return contradicted('seal-list');
  const refused = new Set(given.refused.leaves);
  const code = APPLICATION_REFUSALS.find((one) =>
    refused.has(leafCommitment(encodeSealLeaf({ application, code: one, salt }))),
  );
  if (code !== undefined) return { outcome: 'refused', code };
  const { allocation } = record.program;
  const isWeighed = allocation.mode === 'sealed' && allocation.rule === 'pro-rata';
  if (own === undefined || (isWeighed && own.weight === undefined))
    return { outcome: 'incomplete', missing: 'own-facts' };
  const admitted = new Set(given.admitted.leaves);
  const { issuer, weight } = own;
  const weighed = isWeighed && weight !== undefined ? { weight } : {};
  const leaf = sharesOf(question)
    .flatMap((share) =>
      [false, true].map((held): AdmittedLeaf => ({ application, issuer, salt, held, ...share, ...weighed })),
    )
    .find((one) => admitted.has(leafCommitment(encodeSealLeaf(one))));
  return leaf === undefined ? contradicted('omitted') : checkDraw(question, leaf);
}

function checkDraw({ record, application }: ResultQuestion, leaf: AdmittedLeaf): CheckedResult {
  const { program, draw, seal, sealedAt, digest } = record;
  const { beacon } = program;
  const allocation = sharingOf(record);
  const { held } = leaf;
  if (allocation.mode === 'instant') {
    const [own = record] = versionsFor(record, application.program) ?? [];
    return { outcome: 'entitled', amount: BigInt(leaf.want ?? mostOf([own])), held };
  }
  if (draw === undefined || seal === undefined || sealedAt === undefined) return { outcome: 'waiting', step: 'draw' };
  if (draw.seal !== seal.admitted.root) return contradicted('draw-seal');
  const parsed = allocationResultSchema.safeParse(draw.result);
  if (!parsed.success || parsed.data.rule !== allocation.rule) return contradicted('draw-result');
  const result = parsed.data;
  if (beacon !== undefined) {
    const sealed = { program: digest, root: seal.admitted.root, sealedAt: sealedAt.time };
    const judged = draw.beacon === undefined ? undefined : judgeBeacon(beacon, sealed, draw.beacon);
    const isSeed = judged?.ok === true && result.rule === 'lottery' && result.seed === judged.seed;
    if (!isSeed) return contradicted('beacon');
  }
  return { outcome: 'entitled', amount: entitlementOf(candidateOf(leaf), allocation, result), held };
}

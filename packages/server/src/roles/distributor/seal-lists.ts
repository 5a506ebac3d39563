import {
  type AdmittedLeaf,
  admit,
  type ProgramRecord,
  type Qualified,
  type RefusedLeaf,
  refusedLeafSchema,
} from '@holdfast/core';
import {
  type DistributorStore,
  type JudgedApplication,
  MAX_APPLICATIONS_PER_READ,
  type Payment,
} from '../../ports/distributor-store.ts';
import { partsOf, readAll } from './pages.ts';

/** The two lists of a seal, each leaf with the application it is about. */
export type SealLists = {
  readonly admitted: readonly AdmittedLeaf[];
  readonly refused: readonly RefusedLeaf[];
};

/** The lists as the store has them, once everybody is judged and every person counts once. */
export async function readSealLists(store: DistributorStore, program: string): Promise<SealLists> {
  const admitted: AdmittedLeaf[] = [];
  const refused: RefusedLeaf[] = [];
  for await (const kept of readAll((limit, after) => store.readJudged(program, limit, after))) {
    if (isInAdmitted(kept)) admitted.push(admittedLeaf(kept));
    else refused.push(refusedLeaf(kept));
  }
  return { admitted, refused };
}

/** `next`: what to name to go on; absent where nothing follows. */
export type SealListsPage = SealLists & { readonly next?: string };

/** A page of both lists: whoever asks for the lists of millions gets them, and never all at once into anybody's memory. */
export async function readSealListsPage(
  store: DistributorStore,
  program: string,
  after: string | undefined,
  limit = MAX_APPLICATIONS_PER_READ,
): Promise<SealListsPage> {
  const page = await store.readJudged(program, limit, after);
  const last = page.length < limit ? undefined : page.at(-1);
  return {
    admitted: page.filter(isInAdmitted).map(admittedLeaf),
    refused: page.filter((kept) => !isInAdmitted(kept)).map(refusedLeaf),
    ...(last === undefined ? {} : { next: last.application }),
  };
}

/** Which list its leaf is in: whoever was admitted after they were made stays where they were. */
export function isInAdmitted({ admitted, judgement }: JudgedApplication): boolean {
  return admitted === true && judgement?.sealedAs === undefined;
}

/** What became of each, as whoever runs the program sees it: its leaf of the seal, and its payment where there is one. */
export type OutcomesPage = {
  readonly admitted: readonly (AdmittedLeaf & { readonly payment?: Pick<Payment, 'state' | 'amount' | 'at'> })[];
  /** Whoever was admitted by a ruling after the lists were made stands here, and has a payment all the same. */
  readonly refused: readonly (RefusedLeaf & { readonly payment?: Pick<Payment, 'state' | 'amount' | 'at'> })[];
  readonly next?: string;
};

/** A page of those for whom it is decided; who is a candidate still is on none. */
export async function readOutcomesPage(
  store: DistributorStore,
  program: string,
  after: string | undefined,
  limit = MAX_APPLICATIONS_PER_READ,
): Promise<OutcomesPage> {
  const page = await store.readJudged(program, limit, after);
  const last = page.length < limit ? undefined : page.at(-1);
  return {
    admitted: page.filter(isInAdmitted).map((kept) => ({ ...admittedLeaf(kept), ...paymentOf(kept) })),
    refused: page
      .filter((kept) => kept.admitted !== undefined && !isInAdmitted(kept))
      .map((kept) => ({ ...refusedLeaf(kept), ...paymentOf(kept) })),
    ...(last === undefined ? {} : { next: last.application }),
  };
}

function paymentOf({ payment }: JudgedApplication): { readonly payment?: Pick<Payment, 'state' | 'amount' | 'at'> } {
  if (payment === undefined) return {};
  const { state, amount, at } = payment;
  return { payment: { state, amount, at } };
}

export function admittedLeaf({ application, salt, judgement }: JudgedApplication): AdmittedLeaf {
  const candidacy = judgement !== undefined && 'candidacy' in judgement ? judgement.candidacy : undefined;
  const { issuer = '', held = true, want, weight } = candidacy ?? {};
  const share = { ...(want === undefined ? {} : { want }), ...(weight === undefined ? {} : { weight }) };
  return { application, issuer, salt, held, ...share };
}

export function refusedLeaf({ application, salt, judgement }: JudgedApplication): RefusedLeaf {
  const refused = judgement !== undefined && 'refused' in judgement ? judgement.refused : undefined;
  const code = judgement?.sealedAs ?? refused ?? 'application.duplicate_person';
  return refusedLeafSchema.parse({ application, code, salt });
}

/**
 * Decides who counts for each person, and writes it down. Among equals the lowest digest wins, whoever came first; so it
 * can be done again after a crash, and gives the same.
 */
export async function admitEverybody(store: DistributorStore, { program }: ProgramRecord): Promise<void> {
  const candidates: Qualified[] = [];
  for await (const kept of readAll((limit, after) => store.readJudged(program.id, limit, after))) {
    const { application, judgement, admitted } = kept;
    if (admitted !== undefined || judgement === undefined || !('candidacy' in judgement)) continue;
    const { nullifier, held } = judgement.candidacy;
    candidates.push({ application, nullifier, held });
  }
  const { admitted, refused } = admit(candidates, program.allocation.mode);
  for (const part of partsOf(admitted)) {
    await store.admit(
      program.id,
      part.map(({ application }) => application),
      [],
    );
  }
  for (const part of partsOf(refused)) {
    const losers = part.map(({ candidate, code }) => ({ application: candidate.application, code }));
    await store.admit(program.id, [], losers);
  }
}

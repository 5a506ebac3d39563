import {
  type AbsenceProof,
  type AdmittedLeaf,
  CodedError,
  concatBytes,
  encodeIntakeLeaf,
  encodeSealLeaf,
  type LeafProof,
  type ProgramRecord,
  payoutTransfer,
  proveInList,
  type RefusedLeaf,
  readerOfLeaves,
  sortLeafHashes,
  TILE_WIDTH,
  type TransferReceipt,
} from '@holdfast/core';
import type { KeptApplication } from '../../ports/distributor-store.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import { admittedLeaf, isInAdmitted, readSealLists, refusedLeaf } from './seal-lists.ts';

type Sealed =
  | { readonly list: 'admitted'; readonly leaf: AdmittedLeaf; readonly proof: LeafProof | AbsenceProof }
  | { readonly list: 'refused'; readonly leaf: RefusedLeaf; readonly proof: LeafProof | AbsenceProof };

/** What one applicant needs beside the log to check the outcome alone. Members appear as the program goes on. */
export type ApplicationProof = {
  readonly application: string;
  /** The signed acceptance, as it was given. */
  readonly acknowledgement: string;
  readonly intake?: LeafProof | AbsenceProof;
  readonly seal?: Sealed;
  /** What the ledger has signed about the payment, once it is paid. */
  readonly receipt?: TransferReceipt;
};

/** The lists of a program, each an RFC 6962 tree over leaf hashes in ascending order. */
export const LEAF_LISTS = ['intake', 'admitted', 'refused'] as const;
export type LeafListName = (typeof LEAF_LISTS)[number];

export interface Proofs {
  read(record: ProgramRecord, kept: KeptApplication): Promise<ApplicationProof>;
  /**
   * Leaf hashes of a list that stands in the log, `TILE_WIDTH` from `index` times that on, 32 bytes each: with all of them
   * anybody makes its root, finds their own leaf or sees that it is not there. Empty beyond the end. Nothing but numbers can
   * be read from them: every leaf is salted. Throws `program.not-published` while the list does not stand, or for a seal
   * whose program promises roots alone.
   */
  tile(record: ProgramRecord, list: LeafListName, index: number): Promise<Uint8Array>;
}

/** A list that stands in the log, in the order its root is over. */
type Tree = { readonly hashes: readonly Uint8Array[]; readonly read: ReturnType<typeof readerOfLeaves> };

/** Programs whose lists are held ready at once; another one is made again when it is asked for. */
const MAX_TREES = 8;

export function createProofs({ store, receipts }: Pick<DistributorPorts, 'store' | 'receipts'>): Proofs {
  const trees = new Map<string, Promise<Tree>>();

  function treeOf(name: string, make: () => Promise<Uint8Array[]>): Promise<Tree> {
    const known = trees.get(name);
    if (known !== undefined) return known;
    const [oldest] = trees.keys();
    if (trees.size >= MAX_TREES && oldest !== undefined) trees.delete(oldest);
    const made = make().then((leaves) => {
      const hashes = sortLeafHashes(leaves);
      return { hashes, read: readerOfLeaves(hashes) };
    });
    trees.set(name, made);
    made.catch(() => trees.delete(name));
    return made;
  }

  async function readIntake(program: string): Promise<Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    for await (const leaf of readAll((limit, after) => store.readLeaves(program, limit, after))) {
      leaves.push(encodeIntakeLeaf(leaf));
    }
    return leaves;
  }

  async function readSealed(program: string, list: Sealed['list']): Promise<Uint8Array[]> {
    return (await readSealLists(store, program))[list].map(encodeSealLeaf);
  }

  async function sealed(record: ProgramRecord, kept: KeptApplication): Promise<Sealed> {
    const prove = async (list: Sealed['list'], leaf: AdmittedLeaf | RefusedLeaf) => {
      const tree = await sealTree(record, list);
      return proveInList(encodeSealLeaf(leaf), tree.hashes, tree.read);
    };
    if (isInAdmitted(kept)) {
      const leaf = admittedLeaf(kept);
      return { list: 'admitted', leaf, proof: await prove('admitted', leaf) };
    }
    const leaf = refusedLeaf(kept);
    return { list: 'refused', leaf, proof: await prove('refused', leaf) };
  }

  function sealTree({ program, digest }: ProgramRecord, list: Sealed['list']): Promise<Tree> {
    return treeOf(`${list} ${digest}`, () => readSealed(program.id, list));
  }

  function intakeTree({ program, digest }: ProgramRecord): Promise<Tree> {
    return treeOf(`intake ${digest}`, () => readIntake(program.id));
  }

  return {
    async tile(record, list, index) {
      const isThere = list === 'intake' ? record.intake !== undefined : record.seal !== undefined;
      if (!isThere || (list !== 'intake' && record.program.publication === 'none')) {
        throw new CodedError('program.not-published', 'This list does not stand in the log yet, or is not shown.');
      }
      const { hashes } = await (list === 'intake' ? intakeTree(record) : sealTree(record, list));
      return concatBytes(...hashes.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH));
    },
    async read(record, kept) {
      const { application, acknowledgement, salt } = kept;
      const known = { application, acknowledgement };
      if (record.intake === undefined) return known;
      const tree = await intakeTree(record);
      const intake = proveInList(encodeIntakeLeaf({ application, salt }), tree.hashes, tree.read);
      const seal = record.seal === undefined ? undefined : await sealed(record, kept);
      const receipt = isPaid(kept) ? await receipts.read(payoutTransfer(record.program.id, application)) : undefined;
      return {
        ...known,
        intake,
        ...(seal === undefined ? {} : { seal }),
        ...(receipt === undefined ? {} : { receipt }),
      };
    },
  };
}

function isPaid({ payment }: KeptApplication): boolean {
  return payment?.state === 'posted' || payment?.state === 'carried';
}

import {
  type AbsenceProof,
  type AdmittedLeaf,
  encodeIntakeLeaf,
  encodeSealLeaf,
  type LeafProof,
  type ProgramRecord,
  proveInList,
  type RefusedLeaf,
  readerOfLeaves,
  sortLeafHashes,
} from '@holdfast/core';
import type { KeptApplication } from '../../ports/distributor-store.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import { admittedLeaf, readSealLists, refusedLeaf } from './seal-lists.ts';

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
};

export interface Proofs {
  read(record: ProgramRecord, kept: KeptApplication): Promise<ApplicationProof>;
}

/** A list that stands in the log, in the order its root is over. */
type Tree = { readonly hashes: readonly Uint8Array[]; readonly read: ReturnType<typeof readerOfLeaves> };

/** Programs whose lists are held ready at once; another one is made again when it is asked for. */
const MAX_TREES = 8;

export function createProofs({ store }: Pick<DistributorPorts, 'store'>): Proofs {
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

  async function sealed({ program, digest }: ProgramRecord, kept: KeptApplication): Promise<Sealed> {
    const prove = async (list: Sealed['list'], leaf: AdmittedLeaf | RefusedLeaf) => {
      const tree = await treeOf(`${list} ${digest}`, () => readSealed(program.id, list));
      return proveInList(encodeSealLeaf(leaf), tree.hashes, tree.read);
    };
    if (kept.admitted === true) {
      const leaf = admittedLeaf(kept);
      return { list: 'admitted', leaf, proof: await prove('admitted', leaf) };
    }
    const leaf = refusedLeaf(kept);
    return { list: 'refused', leaf, proof: await prove('refused', leaf) };
  }

  return {
    async read(record, kept) {
      const { program, digest } = record;
      const { application, acknowledgement, salt } = kept;
      const known = { application, acknowledgement };
      if (record.intake === undefined) return known;
      const tree = await treeOf(`intake ${digest}`, () => readIntake(program.id));
      const intake = proveInList(encodeIntakeLeaf({ application, salt }), tree.hashes, tree.read);
      const seal = record.seal === undefined ? undefined : await sealed(record, kept);
      return { ...known, intake, ...(seal === undefined ? {} : { seal }) };
    },
  };
}

import {
  type AllocationOutcome,
  allocate,
  allocatedRoot,
  assert,
  type BeaconEvidence,
  type Candidate,
  encodeSealLeaf,
  issuerCapsOf,
  leafCommitment,
  nextInDraw,
  type ProgramRecord,
  sharingOf,
} from '@holdfast/core';
import type { DistributorStore } from '../../ports/distributor-store.ts';
import type { DistributorPorts } from './neighbours.ts';
import { partsOf } from './pages.ts';
import { readSealLists } from './seal-lists.ts';
import { recordStep } from './statements.ts';

/** What the seed of a lottery is made of, and the seed. */
export type Chance = { readonly beacon: BeaconEvidence; readonly seed: string };

export type Entitled = Candidate & { readonly application: string; readonly salt: string };

async function readEntitled(store: DistributorStore, program: string): Promise<Entitled[]> {
  const { admitted } = await readSealLists(store, program);
  return admitted.map((leaf) => ({
    application: leaf.application,
    salt: leaf.salt,
    key: leafCommitment(encodeSealLeaf(leaf)),
    issuer: leaf.issuer,
    ...(leaf.want === undefined ? {} : { want: BigInt(leaf.want) }),
    ...(leaf.weight === undefined ? {} : { weight: BigInt(leaf.weight) }),
  }));
}

function sealedTerms(record: ProgramRecord) {
  const allocation = sharingOf(record);
  assert(allocation.mode === 'sealed', 'what is paid at once is not drawn');
  return allocation;
}

function allocateAmong(record: ProgramRecord, candidates: readonly Candidate[], seed?: string): AllocationOutcome {
  const { program } = record;
  return allocate({
    candidates,
    terms: sealedTerms(record),
    budget: BigInt(program.budget),
    issuerCaps: issuerCapsOf(record),
    ...(seed === undefined ? {} : { seed }),
  });
}

/** States in the log who gets how much, in the few figures from which each can compute their own. */
export async function draw(ports: DistributorPorts, record: ProgramRecord, chance?: Chance): Promise<void> {
  const { program, seal } = record;
  assert(seal !== undefined, 'a draw is of a seal');
  await recordStep(ports, program.id, 'draw', async () => {
    const entitled = await readEntitled(ports.store, program.id);
    const { entitlements, total, result } = allocateAmong(record, entitled, chance?.seed);
    const allocated = entitled
      .map(({ application, salt }, i) => ({ application, salt, amount: entitlements[i] ?? 0n }))
      .filter(({ amount }) => amount > 0n);
    return {
      type: 'draw',
      v: 1,
      program: program.id,
      seal: seal.admitted.root,
      ...(chance === undefined ? {} : { beacon: bodyOf(chance.beacon) }),
      result: JSON.parse(JSON.stringify(result)),
      allocated: { ...allocatedRoot(allocated), total: total.toString() },
    };
  });
  ports.signals?.programDrawn({ program: program.id });
}

function bodyOf(evidence: BeaconEvidence) {
  return evidence.kind === 'drand' ? evidence : { ...evidence, secrets: [...evidence.secrets] };
}

/** Plans the payments of a draw that stands in the log. Those planned before are left as they are. */
export async function planPayments(ports: DistributorPorts, record: ProgramRecord, seed?: string): Promise<void> {
  const { program } = record;
  const entitled = await readEntitled(ports.store, program.id);
  const { entitlements } = allocateAmong(record, entitled, seed);
  const payments = entitled
    .map(({ application }, i) => ({ application, amount: entitlements[i] ?? 0n }))
    .filter(({ amount }) => amount > 0n);
  await planAll(ports, program.id, payments);
}

async function planAll(
  { store, clock }: DistributorPorts,
  program: string,
  payments: readonly { readonly application: string; readonly amount: bigint }[],
): Promise<void> {
  for (const part of partsOf(payments)) await store.plan(program, part, clock.now());
}

/** In a lottery whose money goes to the next in line: plans as many more as were revoked. */
export async function planNext(
  ports: DistributorPorts,
  record: ProgramRecord,
  seed: string,
  returned: ReadonlySet<string>,
): Promise<void> {
  const { program } = record;
  const terms = sealedTerms(record);
  assert(terms.rule === 'lottery', 'only a lottery has a next in line');
  const entitled = await readEntitled(ports.store, program.id);
  const keys = new Map(entitled.map((one) => [one.application, one.key]));
  const returnedKeys = new Set([...returned].flatMap((application) => keys.get(application) ?? []));
  const input = { candidates: entitled, terms, budget: BigInt(program.budget), issuerCaps: issuerCapsOf(record), seed };
  const next = new Set(nextInDraw(input, returnedKeys));
  const payments = entitled
    .filter(({ key }) => next.has(key))
    .map(({ application }) => ({ application, amount: BigInt(terms.amount) }));
  await planAll(ports, program.id, payments);
}

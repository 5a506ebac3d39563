import { canonicalJson } from '../encoding/json.ts';
import type { ProgramRecord } from '../fold/state.ts';
import { allocate, type Candidate } from './allocation.ts';
import { issuerCapsOf } from './issuer-caps.ts';
import { judgeBeacon } from './judge-beacon.ts';
import { type AdmittedLeaf, encodeSealLeaf, leafCommitment, sealRoot } from './leaves.ts';
import { sharingOf } from './versions.ts';

export type DrawJudgement =
  | { readonly ok: true; readonly entitlements: readonly bigint[] }
  /** `undrawn`: there is no draw yet. `leaves`: not those that were sealed. Then what the draw states, and should not. */
  | { readonly ok: false; readonly why: 'undrawn' | 'leaves' | 'beacon' | 'result' | 'total' };

/** All that the share of an admitted application follows from. */
export function candidateOf(leaf: AdmittedLeaf): Candidate {
  return {
    key: leafCommitment(encodeSealLeaf(leaf)),
    issuer: leaf.issuer,
    ...(leaf.want === undefined ? {} : { want: BigInt(leaf.want) }),
    ...(leaf.weight === undefined ? {} : { weight: BigInt(leaf.weight) }),
  };
}

/**
 * Draws again from the opened leaves of the admitted, and compares with what stands in the log: what an auditor does, and
 * anybody where the leaves are public. The entitlements are in the order of the leaves.
 */
export function judgeDraw(record: ProgramRecord, leaves: readonly AdmittedLeaf[]): DrawJudgement {
  const { program, digest, seal, sealedAt, draw } = record;
  const { beacon } = program;
  const allocation = sharingOf(record);
  if (draw === undefined || seal === undefined || sealedAt === undefined || allocation.mode === 'instant') {
    return { ok: false, why: 'undrawn' };
  }
  const { root, count } = sealRoot(leaves);
  if (root !== seal.admitted.root || count !== seal.admitted.count) return { ok: false, why: 'leaves' };
  const sealed = { program: digest, root, sealedAt: sealedAt.time };
  const chance = beacon && draw.beacon ? judgeBeacon(beacon, sealed, draw.beacon) : undefined;
  if ((beacon !== undefined || draw.beacon !== undefined) && chance?.ok !== true) return { ok: false, why: 'beacon' };
  const { result, total, entitlements } = allocate({
    candidates: leaves.map(candidateOf),
    terms: allocation,
    budget: BigInt(program.budget),
    issuerCaps: issuerCapsOf(record),
    ...(chance?.ok === true ? { seed: chance.seed } : {}),
  });
  if (canonicalJson(result) !== canonicalJson(draw.result)) return { ok: false, why: 'result' };
  if (total.toString() !== draw.allocated.total) return { ok: false, why: 'total' };
  return { ok: true, entitlements };
}

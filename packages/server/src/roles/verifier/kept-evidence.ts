import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import {
  CodedError,
  canonicalJson,
  type Evidence,
  encodeBase64url,
  encodeUtf8,
  type ForeignStatus,
  parseBase64url,
  parseUtf8,
  type ReplayBundle,
} from '@holdfast/core';

/** What replay needs beyond the log: kept sealed, because it contains what a person showed. */
export type KeptEvidence = Pick<ReplayBundle, 'presented' | 'foreign' | 'contradiction'>;

/** Most bytes of a foreign list, inflated: as many as its source accepts. */
const MAX_LIST_BYTES = 10_000_000;

/** The parts of the evidence that nobody can work out again from the log. */
export function keptEvidenceOf(presented: string, evidence: Evidence): KeptEvidence {
  const { issuerKey, issuerUnknown, status, contradiction } = evidence;
  const foreignKey = issuerKey !== undefined && issuerKey.source !== 'network' ? { issuerKey } : {};
  const foreign = {
    ...foreignKey,
    ...(issuerUnknown === undefined ? {} : { issuerUnknown }),
    ...(status === undefined ? {} : { status: encodeStatus(status) }),
  };
  return {
    presented,
    ...(Object.keys(foreign).length === 0 ? {} : { foreign }),
    ...(contradiction === undefined ? {} : { contradiction }),
  };
}

type KeptStatus = NonNullable<NonNullable<KeptEvidence['foreign']>['status']>;

function encodeStatus(status: ForeignStatus): KeptStatus {
  return status.ok ? { ...status, packed: encodeBase64url(status.packed) } : status;
}

/** Lists are almost all zeros, so the bytes that are kept are few. */
export async function encodeKeptEvidence(kept: KeptEvidence): Promise<Uint8Array> {
  return new Uint8Array(await promisify(deflate)(encodeUtf8(canonicalJson(kept))));
}

/** The bytes are our own, opened by our own key. Throws `verdict.unreadable` when they are not what was kept. */
export async function parseKeptEvidence(bytes: Uint8Array): Promise<KeptEvidence> {
  try {
    const maxOutputLength = 2 * MAX_LIST_BYTES;
    const inflated = await promisify<Uint8Array, object, Buffer>(inflate)(bytes, { maxOutputLength });
    const kept = JSON.parse(parseUtf8(new Uint8Array(inflated))) as KeptEvidence;
    const { status } = kept.foreign ?? {};
    if (status?.ok) parseBase64url(status.packed);
    return kept;
  } catch (cause) {
    throw new CodedError('verdict.unreadable', 'What was kept for replay cannot be read.', {}, cause);
  }
}

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
export type KeptEvidence = Pick<ReplayBundle, 'presented' | 'foreign' | 'recognised' | 'contradiction' | 'unpinned'>;

export type EvidenceArchive = {
  /** The parts of the evidence that nobody can work out again from the log, as bytes to be sealed. */
  encode(presented: string, evidence: Evidence): Promise<Uint8Array>;
  /** Throws `verdict.unreadable` when these bytes are not what `encode` made. */
  parse(bytes: Uint8Array): Promise<KeptEvidence>;
};

/** Most bytes of a foreign list, inflated: as many as its source accepts. */
const MAX_LIST_BYTES = 10_000_000;

type KeptStatus = NonNullable<NonNullable<KeptEvidence['foreign']>['status']>;

/** A stranger's list is kept deflated; it is almost all zeros, and deflated once for all verdicts that stand on it. */
export function createEvidenceArchive(): EvidenceArchive {
  const deflated = new WeakMap<Uint8Array, Promise<string>>();

  function deflateOnce(packed: Uint8Array): Promise<string> {
    const known = deflated.get(packed) ?? promisify<Uint8Array, Uint8Array>(deflate)(packed).then(encodeBase64url);
    deflated.set(packed, known);
    return known;
  }

  async function encodeStatus(status: ForeignStatus): Promise<KeptStatus> {
    return status.ok ? { ...status, packed: await deflateOnce(status.packed) } : status;
  }

  return {
    async encode(presented, { issuerKey, issuerUnknown, recognised, status, contradiction, unpinned }) {
      const foreign = {
        ...(issuerKey === undefined || isListed(issuerKey) ? {} : { issuerKey }),
        ...(issuerUnknown === undefined ? {} : { issuerUnknown }),
        ...(status === undefined ? {} : { status: await encodeStatus(status) }),
      };
      const kept: KeptEvidence = {
        presented,
        ...(Object.keys(foreign).length === 0 ? {} : { foreign }),
        ...(recognised?.contradiction === undefined ? {} : { recognised: { contradiction: recognised.contradiction } }),
        ...(contradiction === undefined ? {} : { contradiction }),
        ...(unpinned === undefined ? {} : { unpinned }),
      };
      return encodeUtf8(canonicalJson(kept));
    },
    async parse(bytes) {
      try {
        const kept = JSON.parse(parseUtf8(bytes)) as KeptEvidence;
        const status = kept.foreign?.status;
        return status?.ok ? { ...kept, foreign: { ...kept.foreign, status: await inflateStatus(status) } } : kept;
      } catch (cause) {
        throw new CodedError('verdict.unreadable', 'What was kept for replay cannot be read.', {}, cause);
      }
    },
  };
}

/** What a log lists is proved from the log. */
function isListed({ source }: NonNullable<Evidence['issuerKey']>): boolean {
  return source === 'network' || source === 'recognised';
}

async function inflateStatus(status: Extract<KeptStatus, { ok: true }>): Promise<KeptStatus> {
  const bounds = { maxOutputLength: MAX_LIST_BYTES };
  const packed = await promisify<Uint8Array, object, Uint8Array>(inflate)(parseBase64url(status.packed), bounds);
  return { ...status, packed: encodeBase64url(packed) };
}

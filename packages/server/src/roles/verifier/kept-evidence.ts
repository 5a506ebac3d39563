import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import {
  CodedError,
  canonicalJson,
  type Evidence,
  encodeBase64url,
  encodeUtf8,
  type ForeignBitstring,
  type ForeignStatus,
  type NetworkWitnessed,
  parseBase64url,
  parseUtf8,
  type ReplayBundle,
} from '@holdfast/core';

/** What replay needs beyond the log: kept sealed, because it contains what a person showed. */
export type KeptEvidence = Pick<
  ReplayBundle,
  'presented' | 'foreign' | 'recognised' | 'checks' | 'contradiction' | 'unpinned' | 'elsewhere'
> & {
  /** The checkpoints by which witnesses had confirmed the verifier's own network, and the other one. */
  readonly witnessed?: { readonly home?: KeptWitnessed; readonly other?: KeptWitnessed };
};

export type KeptWitnessed = Pick<NetworkWitnessed, 'notes' | 'policy'>;

export type EvidenceArchive = {
  /** The parts of the evidence that nobody can work out again from the log, as bytes to be sealed. */
  encode(presented: string, evidence: Evidence): Promise<Uint8Array>;
  /** Throws `verdict.unreadable` when these bytes are not what `encode` made. */
  parse(bytes: Uint8Array): Promise<KeptEvidence>;
};

/** Most bytes of a foreign list, inflated: as many as its source accepts. */
const MAX_LIST_BYTES = 10_000_000;

type KeptForeign = NonNullable<KeptEvidence['foreign']>;
type KeptStatus = NonNullable<KeptForeign['status']>;
type KeptBitstring = NonNullable<KeptForeign['bitstrings']>[number];

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

  async function encodeBitstring(list: ForeignBitstring): Promise<KeptBitstring> {
    return list.ok ? { ...list, packed: await deflateOnce(list.packed) } : list;
  }

  return {
    async encode(presented, evidence) {
      const { issuerKey, issuerUnknown, recognised, status, bitstrings, checks } = evidence;
      const { contradiction, unpinned, elsewhere } = evidence;
      const foreign = {
        ...(issuerKey === undefined || isListed(issuerKey) ? {} : { issuerKey }),
        ...(issuerUnknown === undefined ? {} : { issuerUnknown }),
        ...(status === undefined ? {} : { status: await encodeStatus(status) }),
        ...(bitstrings === undefined ? {} : { bitstrings: await Promise.all(bitstrings.map(encodeBitstring)) }),
      };
      const kept: KeptEvidence = {
        presented,
        ...(Object.keys(foreign).length === 0 ? {} : { foreign }),
        ...(recognised?.contradiction === undefined ? {} : { recognised: { contradiction: recognised.contradiction } }),
        ...(checks === undefined ? {} : { checks }),
        ...(contradiction === undefined ? {} : { contradiction }),
        ...(unpinned === undefined ? {} : { unpinned }),
        ...(elsewhere === undefined ? {} : { elsewhere }),
        ...witnessedOf(evidence),
      };
      return encodeUtf8(canonicalJson(kept));
    },
    async parse(bytes) {
      try {
        const kept = JSON.parse(parseUtf8(bytes)) as KeptEvidence;
        return kept.foreign === undefined ? kept : { ...kept, foreign: await inflateForeign(kept.foreign) };
      } catch (cause) {
        throw new CodedError('verdict.unreadable', 'What was kept for replay cannot be read.', {}, cause);
      }
    },
  };
}

function witnessedOf({ network, recognised }: Evidence): Pick<KeptEvidence, 'witnessed'> {
  const [home, other] = [network?.witnessed, recognised?.network?.witnessed].map(keptOf);
  if (home === undefined && other === undefined) return {};
  return { witnessed: { ...(home === undefined ? {} : { home }), ...(other === undefined ? {} : { other }) } };
}

function keptOf(witnessed: NetworkWitnessed | undefined): KeptWitnessed | undefined {
  if (witnessed === undefined) return undefined;
  const { notes, policy } = witnessed;
  return { notes, ...(policy === undefined ? {} : { policy }) };
}

/** What a log lists is proved from the log. */
function isListed({ source }: NonNullable<Evidence['issuerKey']>): boolean {
  return source === 'network' || source === 'recognised';
}

async function inflateForeign({ status, bitstrings, ...foreign }: KeptForeign): Promise<KeptForeign> {
  return {
    ...foreign,
    ...(status === undefined ? {} : { status: await inflateList(status) }),
    ...(bitstrings === undefined ? {} : { bitstrings: await Promise.all(bitstrings.map(inflateList)) }),
  };
}

async function inflateList<List extends KeptStatus | KeptBitstring>(list: List): Promise<List> {
  if (!list.ok) return list;
  const bounds = { maxOutputLength: MAX_LIST_BYTES };
  const packed = await promisify<Uint8Array, object, Uint8Array>(inflate)(parseBase64url(list.packed), bounds);
  return { ...list, packed: encodeBase64url(packed) };
}

import type { PublicJwk } from '../encoding/jwk.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Position } from '../log/position.ts';
import type { QuorumWord } from '../log/witness-policy.ts';
import type { Assurance } from '../rulebook/rulebook.ts';
import type { CheckEvidence } from './check-evidence.ts';

/**
 * The part of a folded network that a verdict reads. A whole `NetworkState` is one; a replay bundle makes a small one
 * from what it can prove.
 */
export type NetworkView = Pick<NetworkState, 'name' | 'rulebook' | 'parties' | 'lists' | 'critical'> & {
  readonly position: Position;
  /** What it takes of other networks; absent where nobody asked. */
  readonly recognitions?: NetworkState['recognitions'];
  /** Revocations that came late, by issuer; absent where nobody asked. */
  readonly late?: NetworkState['late'];
  /** Since when issuers are accredited, where a record is kept; absent where nobody asked. */
  readonly since?: NetworkState['since'];
  /** Where logs ended that this one succeeded; absent where it is the first. */
  readonly predecessors?: NetworkState['predecessors'];
  /** Absent where no witnesses are named, and at a position that is pinned: then the log's own time counts. */
  readonly witnessed?: NetworkWitnessed;
};

/** What a quorum of witnesses has said by now of what was read, and the checkpoints under which it said so. */
export type NetworkWitnessed = QuorumWord & {
  /** Signed notes, with the cosignatures in `by` among their lines. */
  readonly notes: readonly string[];
  /** The verifier's own policy (C2SP tlog-policy), where it goes by that and not by the rulebook's witnesses. */
  readonly policy?: string;
};

/** Another network than the verifier's own, as far as it was read: the issuer is one of its, or it was asked for. */
export type RecognisedEvidence = {
  /** Its pinned name. */
  readonly name: string;
  /** Absent when nothing of it was read yet. Never of a log with the same origin as our own. */
  readonly network?: NetworkView;
  /** Code of what is wrong with its feed: nothing read from it counts, and nothing else is in doubt. */
  readonly contradiction?: string;
};

/** Whether somebody may issue this type: nobody's silence is a yes. */
export type Trust = 'yes' | 'no' | 'unknown';

/** The key under which the credential was checked, and what is known of who holds it. */
export type IssuerKey = {
  /** `recognised`: listed by another network, which ours may recognise or not. */
  readonly source: 'network' | 'recognised' | 'policy' | 'x5c' | 'jwt-vc-issuer' | 'did:jwk' | 'did:key' | 'did:web';
  readonly id: string;
  readonly name?: string;
  readonly key: PublicJwk;
  /** How well its network says that it checks what it attests for this type. */
  readonly assurance?: Assurance;
  readonly trust: Trust;
  /** Its accreditation has ended, and counts until then by an exception of the network's rulebook. */
  readonly exception?: { readonly rule: string; readonly until: number };
  /** Code of the reason when `trust` is not `yes`. */
  readonly why?: string;
  /** When the evidence was made, unix milliseconds; undefined when it is in the credential itself and cannot age. */
  readonly asOf?: number;
  /** base64url SHA-256 of fetched evidence. */
  readonly digest?: string;
  readonly fingerprint?: string;
};

/** A foreign issuer's list, fetched, verified and inflated by an adapter, or why there is none. */
export type ForeignStatus =
  | {
      readonly ok: true;
      readonly uri: string;
      readonly bits: 1 | 2 | 4 | 8;
      /** Packed, uncompressed bytes, least significant bits first. */
      readonly packed: Uint8Array;
      /** Unix milliseconds: the token's `iat`. */
      readonly asOf: number;
      /** Unix milliseconds after which the token says nothing: the earlier of `exp` and the clamp. */
      readonly expiresAt?: number;
      readonly digest: string;
      /** The source said revoked before and says valid now. */
      readonly reversed?: boolean;
    }
  | { readonly ok: false; readonly uri: string; readonly why: string };

/** A stranger's Bitstring Status List for one entry of `credentialStatus`, as far as an adapter brought it, or why not. */
export type ForeignBitstring =
  | {
      readonly ok: true;
      readonly uri: string;
      /** Uncompressed bytes, most significant bits first. */
      readonly packed: Uint8Array;
      /** Unix milliseconds: when its issuer signed it. */
      readonly asOf: number;
      /** Unix milliseconds after which it says nothing but who was revoked. */
      readonly expiresAt?: number;
      readonly digest: string;
      /** The source said revoked before and does not now. */
      readonly reversed?: boolean;
    }
  | { readonly ok: false; readonly uri: string; readonly why: string };

export type Evidence = {
  readonly network?: NetworkView;
  /** Code of what is wrong with the feed itself (fork, rollback): nothing read from it counts. */
  readonly contradiction?: string;
  readonly issuerKey?: IssuerKey;
  readonly recognised?: RecognisedEvidence;
  /**
   * Code of why the network could not be had as it was at the position asked for (`at`); `network` is then how far it had
   * been read, and nothing is judged by it.
   */
  readonly unpinned?: string;
  /** Code of why a position that the asker has seen is of no history that was read here. */
  readonly elsewhere?: string;
  /** Code of why no key was found. */
  readonly issuerUnknown?: string;
  readonly status?: ForeignStatus;
  /** One for each of the credential's `bitstrings`, in their order; absent when it has none. */
  readonly bitstrings?: readonly ForeignBitstring[];
  /** What was found by the checks that the verifier's policy asks of others; absent when it asks none. */
  readonly checks?: readonly CheckEvidence[];
};

/** What the caller's crypto engine said; undefined where there was nothing to check. */
export type SignatureResults = {
  readonly issuer: boolean | undefined;
  readonly holder: boolean | undefined;
  /** Code of why no engine was asked although there is a key: the header wants another algorithm. */
  readonly refused?: string;
};

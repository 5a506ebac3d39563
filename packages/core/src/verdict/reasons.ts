import type { Outcome } from './verdict.ts';

type Consequence = {
  readonly outcome: Exclude<Outcome, 'valid'>;
  /** Fresher evidence or patience may change the answer, so that a place in the queue is worth keeping. */
  readonly heals?: true;
};

/** What a reason leads to, for the codes that do not follow their family. The words are in spec/reasons.json. */
const BY_CODE: Readonly<Record<string, Consequence>> = {
  // What we cannot read may be good: that is not knowing, and never a yes.
  'format.unsupported': { outcome: 'unknown' },
  'time.expired': { outcome: 'expired' },
  'time.not_yet_valid': { outcome: 'not-yet-valid' },
  'signature.unavailable': { outcome: 'unknown', heals: true },
  'trust.issuer_unknown': { outcome: 'unknown' },
  'trust.key_unavailable': { outcome: 'unknown', heals: true },
  'trust.not_anchored': { outcome: 'invalid' },
  'trust.not_authorized': { outcome: 'invalid' },
  'trust.ended': { outcome: 'invalid' },
  'trust.assurance_too_low': { outcome: 'invalid' },
  // The issuer says so of every credential of the key, whoever signed it.
  'key.compromised': { outcome: 'revoked' },
  // No waiting makes a point of the log that never was, or that is kept no more.
  'position.not_held': { outcome: 'unknown' },
  'position.log_lost': { outcome: 'unknown' },
  'trust.on_probation': { outcome: 'invalid' },
  'trust.other_region': { outcome: 'invalid' },
  'trust.too_new': { outcome: 'invalid' },
  'trust.deadlines_missed': { outcome: 'invalid' },
  'trust.claim_not_authorized': { outcome: 'invalid' },
  'check.failed': { outcome: 'invalid' },
  'check.not_configured': { outcome: 'unknown' },
  // Recognised until then, or not for this: that is a no. Never recognised is nobody's word at all.
  'recognition.ended': { outcome: 'invalid' },
  'recognition.type_not_recognised': { outcome: 'invalid' },
  'recognition.assurance_too_low': { outcome: 'invalid' },
  'recognition.unread': { outcome: 'unknown', heals: true },
  'recognition.not_ready': { outcome: 'unknown', heals: true },
  'recognition.cut_off': { outcome: 'unknown', heals: true },
  'profile.claim_forbidden': { outcome: 'invalid' },
  'profile.too_old': { outcome: 'unknown', heals: true },
  'status.revoked': { outcome: 'revoked' },
  'status.superseded': { outcome: 'revoked' },
  'status.suspended': { outcome: 'suspended' },
  'status.index_out_of_range': { outcome: 'invalid' },
  'status.wrong_list_key': { outcome: 'invalid' },
  'status.application_specific': { outcome: 'unknown' },
};

const BY_FAMILY: Readonly<Record<string, Consequence>> = {
  format: { outcome: 'invalid' },
  signature: { outcome: 'invalid' },
  disclosure: { outcome: 'invalid' },
  holder: { outcome: 'invalid' },
  query: { outcome: 'invalid' },
  trust: { outcome: 'unknown' },
  position: { outcome: 'unknown', heals: true },
  status: { outcome: 'unknown', heals: true },
  freshness: { outcome: 'unknown', heals: true },
  feed: { outcome: 'unknown' },
  recognition: { outcome: 'unknown' },
  profile: { outcome: 'unknown' },
  critical: { outcome: 'unknown' },
  check: { outcome: 'unknown', heals: true },
};

/** Whatever we do not understand is unknown, never valid. */
export function consequenceOf(code: string): Consequence {
  return BY_CODE[code] ?? BY_FAMILY[code.slice(0, code.indexOf('.'))] ?? { outcome: 'unknown' };
}

import type { Credential } from '../credential/parsed-credential.ts';
import { isJsonObject } from '../encoding/json.ts';
import { claimOutOfScope, type IssuerTerms, issuerTermsFault } from '../trust/issuer-terms.ts';
import type { Evidence } from './evidence.ts';

type Typed = Pick<Credential, 'vct'> & Partial<Pick<Credential, 'claims' | 'format'>>;
type Asked = { readonly evidence: Evidence; readonly issuerTerms?: IssuerTerms };

/** The codes of what a policy asks of issuers beside their accreditation. */
export const ISSUER_TERM_CODES: ReadonlySet<string> = new Set([
  'trust.on_probation',
  'trust.other_region',
  'trust.too_new',
  'trust.record_unread',
  'trust.deadlines_missed',
]);

/**
 * What the issuer's own network says against relying on it for this, beside keys and dates: that it attests what it may
 * not, or that its record is not what the verifier's policy asks. By that network's word at the position that was read.
 */
export function issuerFault(parsed: Typed, { evidence, issuerTerms }: Asked): string | undefined {
  const { issuerKey, network, recognised } = evidence;
  const view = issuerKey?.source === 'recognised' ? recognised?.network : network;
  const isListed = issuerKey?.source === 'recognised' || issuerKey?.source === 'network';
  const party = isListed ? view?.parties.get(issuerKey.id) : undefined;
  if (party === undefined || view === undefined) return undefined;
  const { time } = view.position;
  if (claimOutOfScope({ party, time }, parsed.vct, claimsOf(parsed)) !== undefined) return 'trust.claim_not_authorized';
  if (issuerTerms === undefined) return undefined;
  const { late, since } = view;
  const read = { ...(late === undefined ? {} : { late }), ...(since === undefined ? {} : { since }) };
  return issuerTermsFault({ party, time, ...read }, parsed.vct, issuerTerms);
}

/** In a W3C credential what is attested is said of its subject. */
function claimsOf({ claims = {}, format }: Typed): Readonly<Record<string, unknown>> {
  if (format !== 'vc+jwt') return claims;
  return isJsonObject(claims.credentialSubject) ? claims.credentialSubject : {};
}

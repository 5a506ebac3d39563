import type { Credential } from '../credential/parsed-credential.ts';
import { isAtLeast } from '../rulebook/rulebook.ts';
import { issuerFault } from './issuer-fault.ts';
import type { Judgement } from './judgement.ts';
import { appliedProfile } from './profile.ts';
import { recognisedTerms } from './recognised.ts';

type Typed = Pick<Credential, 'vct'> & Partial<Pick<Credential, 'claims' | 'format'>>;
type Asked = Pick<Judgement, 'evidence' | 'profile' | 'issuerTerms' | 'tick'>;

/** The code of why the issuer may not be relied on for this type; undefined when it may. */
export function trustFault(parsed: Typed, asked: Asked): string | undefined {
  const { issuerKey, issuerUnknown, network } = asked.evidence;
  if (issuerKey === undefined) return issuerUnknown ?? 'trust.issuer_unknown';
  if (network !== undefined && isUnreadable(network.critical, issuerKey.id)) return 'critical.statement_unknown';
  if (issuerKey.trust !== 'yes') return issuerKey.why ?? 'trust.issuer_unknown';
  const fault = issuerKey.source === 'recognised' ? faultOfRecognition(parsed, asked) : undefined;
  return fault ?? issuerFault(parsed, asked);
}

/** After what its own network says: nothing is taken from another network that this one refuses itself. */
function faultOfRecognition(parsed: Typed, asked: Asked): string | undefined {
  const { network, recognised, issuerKey } = asked.evidence;
  const unreadable = [network?.critical, recognised?.network?.critical].filter((critical) => critical !== undefined);
  const subjects = [recognised?.name ?? '', issuerKey?.id ?? ''];
  if (unreadable.some((critical) => subjects.some((subject) => isUnreadable(critical, subject)))) {
    return 'critical.statement_unknown';
  }
  const terms = recognisedTerms(parsed, asked);
  if (terms?.ok !== true) return terms?.why ?? 'recognition.none';
  const { profile } = appliedProfile(parsed, asked) ?? {};
  if (profile === undefined) return undefined;
  return isAtLeast(terms.assurance, profile.minAssurance) ? undefined : 'recognition.assurance_too_low';
}

export function isUnreadable(critical: ReadonlySet<string>, subject: string): boolean {
  return critical.has('*') || critical.has(subject);
}

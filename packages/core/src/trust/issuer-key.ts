import { thumbprint } from '../encoding/jwk.ts';
import type { Party } from '../fold/statement.ts';
import { ASSURANCE_LEVELS, type Assurance, isAtLeast, type Profile } from '../rulebook/rulebook.ts';
import type { IssuerKey, NetworkView } from '../verdict/evidence.ts';
import { asOfNetwork } from '../verdict/witnessed.ts';
import { isExcepted } from './accreditation.ts';
import { accreditationsFor } from './issuer-terms.ts';

type Signed = {
  readonly issuer?: string;
  readonly vct: string;
  readonly header: { readonly kid?: string };
  readonly status?: { readonly uri: string };
};

/**
 * The key of an issuer of this network, and whether it may issue this type now (by the network's time, so that every
 * follower at a position agrees). Undefined when the network does not know the issuer: that is not a no. `profile`: id of
 * the one that a policy names.
 */
export function networkIssuerKey(credential: Signed, view: NetworkView, profile?: string): IssuerKey | undefined {
  const party = credential.issuer === undefined ? undefined : view.parties.get(credential.issuer);
  if (party === undefined || party.kind !== 'issuer') return undefined;
  const key = credentialKey(party, credential.header.kid, keyOfList(party, credential, view));
  if (key === undefined) return undefined;
  const found = { source: 'network', id: party.id, key: key.key, asOf: asOfNetwork(view) } as const;
  const named = party.name === undefined ? found : { ...found, name: party.name };
  const assurance = assuranceOf(party, credential.vct, view);
  const rated = {
    ...named,
    ...(assurance === undefined ? {} : { assurance }),
    ...leaningOn(party, credential.vct, view),
  };
  const applied = profileNamed(view.rulebook?.body.profiles ?? [], credential.vct, profile);
  const why = refusal({ party, key, type: credential.vct, assurance, applied }, view);
  return why === undefined ? { ...rated, trust: 'yes' } : { ...rated, trust: 'no', why };
}

/** The best that it is accredited for now; undefined when it may not issue the type at all. */
function assuranceOf(party: Party, type: string, { position: { time } }: NetworkView): Assurance | undefined {
  const current = accreditationsFor(party, type, time);
  return ASSURANCE_LEVELS.findLast((level) => current.some(({ assurance }) => assurance === level));
}

/** The exception that alone lets it issue the type now, the one that lasts longest. */
function leaningOn(party: Party, type: string, { position: { time } }: NetworkView): Pick<IssuerKey, 'exception'> {
  const current = accreditationsFor(party, type, time);
  if (current.length === 0 || current.some((entry) => !isExcepted(entry, time))) return {};
  const [longest] = current.flatMap(({ exception }) => exception ?? []).sort((a, b) => b.until - a.until);
  return longest === undefined ? {} : { exception: longest };
}

/**
 * A list belongs to the key that signs its credentials, so one that names no key is held to the key of its list: the signature
 * then says whether that is true. A stolen key's are found to be its own this way, after another has been entered beside it.
 */
function keyOfList(party: Party, { status }: Signed, { lists }: NetworkView): string | undefined {
  const list = lists.get(status?.uri ?? '');
  return list?.issuer === party.id ? list.key : undefined;
}

function credentialKey(party: Party, kid: string | undefined, ofList?: string): Party['keys'][number] | undefined {
  const keys = party.keys.filter((key) => key.use === 'credential');
  if (kid === undefined && keys.length === 1) return keys[0];
  const meant = kid ?? ofList;
  return meant === undefined ? undefined : keys.find((key) => thumbprint(key.key) === meant);
}

type Found = {
  readonly party: Party;
  readonly key: Party['keys'][number];
  readonly type: string;
  readonly assurance: Assurance | undefined;
  readonly applied: Profile | undefined;
};

function refusal({ party, key, type, assurance, applied }: Found, view: NetworkView): string | undefined {
  const { time } = view.position;
  if (key.compromised !== undefined) return 'key.compromised';
  if (time < (key.from ?? 0) || time >= (key.until ?? Number.MAX_SAFE_INTEGER)) return 'trust.ended';
  if (!party.accreditations.some((accreditation) => accreditation.type === type)) return 'trust.not_authorized';
  if (assurance === undefined) return 'trust.ended';
  if (applied === undefined) return undefined;
  return isAtLeast(assurance, applied.minAssurance) ? undefined : 'trust.assurance_too_low';
}

/** The one that the policy names, and then no other; else the one for the type. */
function profileNamed(profiles: readonly Profile[], type: string, named: string | undefined): Profile | undefined {
  return named === undefined ? profileFor(profiles, type) : profiles.find(({ id }) => id === named);
}

export function profileFor(profiles: readonly Profile[], type: string): Profile | undefined {
  return (
    profiles.find(({ appliesTo }) => appliesTo.includes(type)) ??
    profiles.find(({ appliesTo }) => appliesTo.includes('*'))
  );
}

/** The same of an issuer of another network, by that network's word alone: whether ours recognises it is judged later. */
export function otherNetworkIssuerKey(credential: Signed, view: NetworkView): IssuerKey | undefined {
  const found = networkIssuerKey(credential, view);
  return found === undefined ? undefined : { ...found, source: 'recognised' };
}

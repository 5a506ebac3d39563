import { thumbprint } from '../encoding/jwk.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Party } from '../fold/statement.ts';
import { type Assurance, isAtLeast } from '../rulebook/rulebook.ts';
import type { IssuerKey, NetworkView } from '../verdict/evidence.ts';
import { isUnreadable } from '../verdict/trust-fault.ts';
import { networkIssuerKey } from './issuer-key.ts';
import { issuerTermsFault } from './issuer-terms.ts';
import { isRecognising } from './recognition.ts';

/** What decides over who is trusted, as one epoch committed to it. */
export type TrustView = Pick<NetworkView, 'name' | 'rulebook' | 'parties' | 'critical' | 'position'> & {
  readonly recognitions: NetworkState['recognitions'];
};

/** What this network says anything about (TRQP: `action`). */
export const REGISTRY_ACTIONS = ['issue'] as const;

const NETWORK_URN = 'urn:holdfast:network:';

/**
 * ToIP TRQP v2.0: whether an authority authorises an entity, or recognises another authority, to take an action on a
 * resource. Here: to issue credentials of a type.
 */
export type RegistryQuestion = {
  readonly kind: 'authorization' | 'recognition';
  readonly authority: string;
  readonly entity: string;
  readonly action: string;
  readonly resource: string;
  /** Only if it counts in this region; only if it counts for at least so much. */
  readonly region?: string;
  readonly assurance?: Assurance;
};

export type RegistryAnswer =
  | {
      readonly holds: true;
      readonly assurance: Assurance;
      /** Unix milliseconds at which it ends by itself, as far as anybody has said. */
      readonly until?: number;
      /** Recognition: the type here that it counts as. */
      readonly as?: string;
    }
  /** `why`: code of a reason, as a verdict would give it. */
  | { readonly holds: false; readonly why: string }
  /** Neither yes nor no: this network says nothing about it, or what it says is not understood here. */
  | { readonly holds: undefined; readonly unknown: 'authority' | 'action' | 'entity' | 'statement' };

/** The identifier of a network as an authority: a URI that is made of its name. */
export function networkUrn(name: string): string {
  return `${NETWORK_URN}${name}`;
}

/** What the state says of it, at the last epoch and as that left it. */
export function trustViewOf(state: NetworkState): TrustView | undefined {
  const { name, rulebook, position } = state;
  if (position === undefined) return undefined;
  const { parties, critical, recognitions } = state;
  return {
    ...{ name, rulebook, position },
    parties: new Map(parties),
    critical: new Set(critical),
    recognitions: new Map(recognitions),
  };
}

/**
 * Total, and from the view alone, by the code that verdicts are judged by: whoever folds the log up to the view's position
 * finds the same. `names`: what the authority is called here besides its own name.
 */
export function answerRegistryQuestion(
  view: TrustView,
  names: readonly string[],
  question: RegistryQuestion,
): RegistryAnswer {
  const { authority, action, kind } = question;
  if (authority !== view.name && authority !== networkUrn(view.name) && !names.includes(authority)) {
    return { holds: undefined, unknown: 'authority' };
  }
  if (!REGISTRY_ACTIONS.some((known) => known === action)) return { holds: undefined, unknown: 'action' };
  return kind === 'authorization' ? authorisation(view, question) : recognition(view, question);
}

function authorisation(view: TrustView, { entity, resource, region, assurance }: RegistryQuestion): RegistryAnswer {
  const party = view.parties.get(entity);
  if (isUnreadable(view.critical, entity)) return { holds: undefined, unknown: 'statement' };
  if (party?.kind !== 'issuer') return { holds: undefined, unknown: 'entity' };
  const { time } = view.position;
  const key = keyFor(party, resource, view);
  if (key?.trust !== 'yes' || key.assurance === undefined) {
    return { holds: false, why: key?.why ?? withoutKey(party, resource) };
  }
  const fault = region === undefined ? undefined : issuerTermsFault({ party, time }, resource, { region });
  if (fault !== undefined) return { holds: false, why: fault };
  if (assurance !== undefined && !isAtLeast(key.assurance, assurance)) {
    return { holds: false, why: 'trust.assurance_too_low' };
  }
  const until = endOf(party, resource, time);
  return { holds: true, assurance: key.assurance, ...(until === undefined ? {} : { until }) };
}

function withoutKey({ accreditations }: Party, type: string): string {
  return accreditations.some((entry) => entry.type === type) ? 'trust.key_not_found' : 'trust.not_authorized';
}

/** By the key that counts now; where none does, by any, so that the reason is told. */
function keyFor(party: Party, vct: string, view: TrustView): IssuerKey | undefined {
  const found = party.keys
    .filter(({ use }) => use === 'credential')
    .map(({ key }) => {
      const signed = { issuer: party.id, vct, header: { kid: thumbprint(key) } };
      return networkIssuerKey(signed, { ...view, lists: new Map() });
    });
  return found.find((key) => key?.trust === 'yes') ?? found[0];
}

function endOf({ accreditations }: Party, type: string, time: number): number | undefined {
  const ends = accreditations
    .filter((entry) => entry.type === type && entry.from <= time)
    .map(({ until, exception }) => (until === undefined ? undefined : Math.max(until, exception?.until ?? 0)));
  return ends.some((end) => end === undefined) ? undefined : Math.max(...ends.map((end) => end ?? 0));
}

function recognition(view: TrustView, { entity, resource, region, assurance }: RegistryQuestion): RegistryAnswer {
  const name = entity.startsWith(NETWORK_URN) ? entity.slice(NETWORK_URN.length) : entity;
  if (isUnreadable(view.critical, name)) return { holds: undefined, unknown: 'statement' };
  const record = view.recognitions.get(name);
  if (record === undefined) return { holds: undefined, unknown: 'entity' };
  if (!isRecognising(record, view.position.time)) return { holds: false, why: 'recognition.ended' };
  const { types, until } = record.recognition;
  const type = types.find((entry) => entry.type === resource) ?? types.find((entry) => entry.as === resource);
  if (type === undefined) return { holds: false, why: 'recognition.type_not_recognised' };
  // Where its issuers count is its own word, and nothing that ours has said.
  if (region !== undefined) return { holds: false, why: 'trust.other_region' };
  if (assurance !== undefined && !isAtLeast(type.maxAssurance, assurance)) {
    return { holds: false, why: 'recognition.assurance_too_low' };
  }
  return { holds: true, assurance: type.maxAssurance, until, as: type.as };
}

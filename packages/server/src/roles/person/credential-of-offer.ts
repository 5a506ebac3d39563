import {
  accreditationsFor,
  type CredentialMatter,
  changeKey,
  findDecidingEntry,
  type NetworkState,
  type Party,
  SUPERSEDED,
  type Wording,
  wordingOfClass,
} from '@holdfast/core';
import type { OwnOffer } from '../../ports/matters.ts';
import type { OpenedCredential } from './person-desk.ts';

/** Entries of the log from one to another; those it does not have are left out. */
export type ReadLogEntries = (from: number, to: number) => Promise<readonly string[]>;

/** A decision and what carries it out enter together; its epoch follows within a tick. */
const LOOKED_AT = 64;

/** The credential of an offer as the log has it: of several copies the first, as they share what is decided about them. */
export async function openCredential(
  found: OwnOffer,
  origin: string,
  state: Readonly<NetworkState>,
  readEntries: ReadLogEntries,
): Promise<OpenedCredential> {
  const { type, tenant, id, issuedAt } = found;
  const [place] = found.places;
  const party = (place && state.lists.get(place.list)?.issuer) ?? `${origin}/i/${tenant}`;
  const named = { name: type, issuer: state.parties.get(party)?.name ?? party };
  const own = { of: 'credential', ...named, ...(issuedAt === undefined ? {} : { since: issuedAt }) } as const;
  if (found.state === 'offered') {
    return { matter: { ...own, state: 'offered', until: found.until ?? 0 }, offer: id, party };
  }
  if (place === undefined) return { matter: { ...own, state: 'missed' }, offer: id, party };
  const matter = await inForce(own, place, state, readEntries);
  return {
    matter: matter.state === 'good' ? withdrawn(matter, found, state.parties.get(party), state.time) : matter,
    offer: id,
    party,
    place,
  };
}

/** Nobody took it back; but it is past its last day, or whoever issued it may not any more. */
function withdrawn(
  good: CredentialMatter,
  { expiresAt, vct }: OwnOffer,
  party: Party | undefined,
  now: number,
): CredentialMatter {
  const { name, issuer, since } = good;
  const own = { of: 'credential', name, issuer, ...(since === undefined ? {} : { since }) } as const;
  if (expiresAt !== undefined && expiresAt <= now) return { ...own, state: 'expired', at: expiresAt };
  if (vct === undefined || party === undefined || accreditationsFor(party, vct, now).length > 0) return good;
  return { ...own, state: 'untrusted', ...endOf(party, vct, now) };
}

/** When the last of its accreditations for a type ended; nothing for one that was taken away as a whole. */
function endOf({ accreditations }: Party, vct: string, now: number): { readonly at?: number } {
  const ends = accreditations.flatMap(({ type, until }) => (type === vct && until !== undefined ? [until] : []));
  const past = ends.filter((until) => until <= now);
  return past.length === 0 ? {} : { at: Math.max(...past) };
}

type Own = Pick<CredentialMatter, 'of' | 'name' | 'issuer' | 'since'>;

async function inForce(
  own: Own,
  place: { readonly list: string; readonly index: number },
  state: Readonly<NetworkState>,
  readEntries: ReadLogEntries,
): Promise<CredentialMatter> {
  const list = state.lists.get(place.list);
  const value = list?.values[place.index] ?? 0;
  if (value === SUPERSEDED) return { ...own, state: 'replaced' };
  const { reason, at } = await readReason(place, state, readEntries);
  const dated = at === undefined ? {} : { at };
  if (list?.compromised !== undefined) return { ...own, state: 'compromised', ...dated };
  if (value === 0) return { ...own, state: 'good', ...(at === undefined ? {} : { lifted: at }) };
  const told = { ...own, ...dated, ...(reason === undefined ? {} : { reason }) };
  if (value === 1) return { ...told, state: 'revoked' };
  const until = state.suspensions.get(changeKey(place.list, place.index));
  return { ...told, state: 'suspended', otherwise: 'good', ...(until === undefined ? {} : { until }) };
}

/** The public words for the class of what was decided, and since when it counts: as far as the log says so. */
async function readReason(
  place: { readonly list: string; readonly index: number },
  state: Readonly<NetworkState>,
  readEntries: ReadLogEntries,
): Promise<{ readonly reason?: Wording | string; readonly at?: number }> {
  const first = findDecidingEntry(state as NetworkState, place, () => undefined);
  if (first === undefined) return {};
  const from = Math.max(0, first.entry - LOOKED_AT);
  const entries = await readEntries(from, Math.min(state.tree.size, first.entry + LOOKED_AT)).catch(() => []);
  const found = findDecidingEntry(state as NetworkState, place, (index) => entries[index - from]);
  const reasonClass = found?.decisions[0]?.class;
  const rulebook = state.rulebook?.body;
  const reason =
    rulebook === undefined || reasonClass === undefined ? reasonClass : wordingOfClass(rulebook, reasonClass);
  // Without the entries nobody knows when: the log's own time would be now.
  const isDated = found !== undefined && entries.length > 0;
  return { ...(reason === undefined ? {} : { reason }), ...(isDated ? { at: found.effectiveAt } : {}) };
}

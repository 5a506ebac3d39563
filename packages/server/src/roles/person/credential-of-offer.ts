import { type CredentialMatter, changeKey, findDecidingEntry, type NetworkState, SUPERSEDED } from '@holdfast/core';
import type { OwnOffer } from '../issuer/own-credential.ts';
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
  return { matter: await inForce(own, place, state, readEntries), offer: id, party, place };
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
  if (list?.compromised !== undefined) return { ...own, state: 'compromised' };
  if (value === 0) return { ...own, state: 'good' };
  if (value === SUPERSEDED) return { ...own, state: 'replaced' };
  const { reason, since } = await readReason(place, state, readEntries);
  const told = { ...own, reason, ...(since === undefined ? {} : { since }) };
  if (value === 1) return { ...told, state: 'revoked' };
  const until = state.suspensions.get(changeKey(place.list, place.index));
  return { ...told, state: 'suspended', otherwise: 'good', ...(until === undefined ? {} : { until }) };
}

/** The public words for the class of what was decided, and since when it counts. What the log does not say is a dash. */
async function readReason(
  place: { readonly list: string; readonly index: number },
  state: Readonly<NetworkState>,
  readEntries: ReadLogEntries,
): Promise<{ readonly reason: string; readonly since?: number }> {
  const first = findDecidingEntry(state as NetworkState, place, () => undefined);
  if (first === undefined) return { reason: '-' };
  const from = Math.max(0, first.entry - LOOKED_AT);
  const entries = await readEntries(from, Math.min(state.tree.size, first.entry + LOOKED_AT)).catch(() => []);
  const found = findDecidingEntry(state as NetworkState, place, (index) => entries[index - from]);
  const reason = found?.decisions[0]?.text ?? '-';
  return { reason, ...(found === undefined ? {} : { since: found.effectiveAt }) };
}

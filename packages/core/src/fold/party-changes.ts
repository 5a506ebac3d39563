import { canonicalJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { bindingDigest } from '../governance/decision.ts';
import { ASSURANCE_LEVELS, grantOf, type Power, type Rulebook } from '../rulebook/rulebook.ts';
import { noteAccredited } from './accredited-since.ts';
import { fillLists } from './compromise.ts';
import { recordHands } from './hands.ts';
import { closeDecisions, findOpen } from './powers.ts';
import type { NetworkState, Refusal } from './state.ts';
import type { Party, PartyKey, StatementOf } from './statement.ts';

/** The powers that change a party's entry. */
export const PARTY_POWERS = [
  'accredit',
  'withdraw',
  'enrol',
  'rotate',
  'compromise',
  'except',
] as const satisfies readonly Power[];
export type PartyPower = (typeof PARTY_POWERS)[number];

/**
 * The power that turns one entry of a party into another, by what differs and not by what anybody calls it. A change of
 * more than one kind takes the power for all of them: `enrol` for officers, else `accredit`. So does whatever gives an
 * officer a key: who holds it speaks as that officer.
 */
export function powerOfPartyChange(before: Party | undefined, after: Party): PartyPower {
  const general = before?.kind === 'officer' || after.kind === 'officer' ? 'enrol' : 'accredit';
  if (before === undefined || !isSame({ ...before, keys: [], accreditations: [] }, withoutTerms(after))) return general;
  const keysStay = isSame(before.keys, after.keys);
  const accreditationsStay = isSame(before.accreditations, after.accreditations);
  if (keysStay && !accreditationsStay && isOnlyExcepted(before, after)) return 'except';
  if (keysStay) return !accreditationsStay && isNarrowed(before, after) ? 'withdraw' : general;
  if (!accreditationsStay) return general;
  if (isOnlyMarked(before.keys, after.keys)) return 'compromise';
  if (after.keys.some((key) => isMarked(key) && !isListed(before.keys, key))) return general;
  return general === 'enrol' && !isOnlyEnded(before.keys, after.keys) ? general : 'rotate';
}

/** The power that this change takes under these rules: where they do not grant it, `accredit` does, as it always did. */
export function powerForParty(rulebook: Rulebook, before: Party | undefined, after: Party): PartyPower {
  const power = powerOfPartyChange(before, after);
  // An exception is nothing that another power lets through.
  return grantOf(rulebook, power) === undefined && power !== 'except' ? 'accredit' : power;
}

function withoutTerms(party: Party): Party {
  return { ...party, keys: [], accreditations: [] };
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function isListed(keys: readonly PartyKey[], key: PartyKey): boolean {
  return keys.some((other) => isSame(other, key));
}

/** The same keys in the same order, some of them declared compromised now. */
function isOnlyMarked(before: readonly PartyKey[], after: readonly PartyKey[]): boolean {
  if (before.length !== after.length) return false;
  return after.every((key, i) => {
    const was = before[i];
    if (was === undefined) return false;
    if (was.compromised !== undefined || key.compromised === undefined) return isSame(was, key);
    return isSame({ ...was, compromised: 0 }, { ...key, compromised: 0 });
  });
}

/** Keys that are left out, or end sooner; nothing that was not there. */
function isOnlyEnded(before: readonly PartyKey[], after: readonly PartyKey[]): boolean {
  return after.every((key) =>
    before.some((was) => isSame({ ...was, until: 0 }, { ...key, until: 0 }) && endOf(key) <= endOf(was)),
  );
}

function endOf({ until }: { readonly until?: number | undefined }): number {
  return until ?? Number.MAX_SAFE_INTEGER;
}

/** Every accreditation lies within one that was there: no sooner, no longer, no higher, and otherwise the same. */
function isNarrowed(before: Party, after: Party): boolean {
  const frame = { from: 0, until: 0, assurance: 'low' as const };
  const plain = ({ exception: _exception, ...entry }: Accreditation) => ({ ...entry, ...frame });
  return after.accreditations.every((granted) =>
    before.accreditations.some(
      (was) =>
        isSame(plain(was), plain(granted)) &&
        (granted.exception === undefined || isSame(was.exception ?? null, granted.exception)) &&
        was.from <= granted.from &&
        endOf(granted) <= endOf(was) &&
        ASSURANCE_LEVELS.indexOf(granted.assurance) <= ASSURANCE_LEVELS.indexOf(was.assurance),
    ),
  );
}

type Accreditation = Party['accreditations'][number];

/** The same accreditations in the same order, one of which counts for longer by an exception. */
function isOnlyExcepted(before: Party, after: Party): boolean {
  const plain = ({ exception: _exception, ...entry }: Accreditation) => entry;
  const isOtherwiseSame = isSame(before.accreditations.map(plain), after.accreditations.map(plain));
  return isOtherwiseSame && newExceptions(before, after).length === 1;
}

/** Accreditations with an exception that the entry before did not have. */
export function newExceptions(before: Party | undefined, after: Party): Accreditation[] {
  const known = before?.accreditations ?? [];
  return after.accreditations.filter(
    ({ exception }) => exception !== undefined && !known.some((was) => isSame(was.exception ?? null, exception)),
  );
}

/** The longest that an exception stands, in milliseconds, whatever the rulebook says. */
const MAX_EXCEPTION_MS = 30 * 86_400_000;

/** Whether this exception is one of the rulebook's, for something that ends, and no longer than it may be. */
export function isExceptionAllowed(rulebook: Rulebook, { until, exception }: Accreditation, time: number): boolean {
  const rule = rulebook.exceptions?.find(({ id }) => id === exception?.rule);
  if (rule === undefined || exception === undefined || until === undefined) return false;
  return exception.until > time && exception.until <= time + Math.min(rule.maxDurationMs, MAX_EXCEPTION_MS);
}

/**
 * What was declared stolen stays so, in every later entry: left out of it, the key would only be unknown. Nor does an entry, of
 * whatever party, list it again without its mark: beside it, for another use or as somebody else's, a thief would be trusted anew.
 */
export function keepsMarks(parties: ReadonlyMap<string, Party>, after: Party): boolean {
  const before = parties.get(after.id)?.keys ?? [];
  if (!before.filter(isMarked).every((key) => isListed(after.keys, key))) return false;
  const stolen = stolenKeys([after, ...parties.values()]);
  return after.keys.every((key) => isMarked(key) || isListed(before, key) || !stolen.has(thumbprint(key.key)));
}

function isMarked({ compromised }: PartyKey): boolean {
  return compromised !== undefined;
}

/** Thumbprints of all keys that any of these entries declares compromised. */
function stolenKeys(parties: readonly Party[]): ReadonlySet<string> {
  return new Set(parties.flatMap(({ keys }) => keys.filter(isMarked)).map(({ key }) => thumbprint(key)));
}

/** A party gets another entry, by the power that this very change takes. */
export function applyParty(state: NetworkState, body: StatementOf<'party'>, index: number): Refusal | undefined {
  const decisions = findOpen(state, [body.decision]);
  if (decisions === undefined || state.rulebook === undefined) return 'decision-missing';
  const [decision] = decisions;
  const before = state.parties.get(body.party.id);
  if (decision?.power !== powerForParty(state.rulebook.body, before, body.party)) return 'decision-power';
  if (decision.count !== 1) return 'counts-differ';
  if (decision.parameters.party !== bindingDigest(body.party)) return 'decision-parameters';
  if (!keepsMarks(state.parties, body.party)) return 'key-compromised';
  for (const granted of newExceptions(before, body.party)) {
    const isMeant = decision.power === 'except' && decision.parameters.rule === granted.exception?.rule;
    if (!isMeant || !isExceptionAllowed(state.rulebook.body, granted, state.time)) return 'exception-rule';
  }
  closeDecisions(state, decisions);
  state.parties.set(body.party.id, body.party);
  recordHands(state, 'issuer', body.party.id, decision);
  noteAccredited(state, before, body.party);
  for (const key of newlyCompromised(before, body.party)) {
    fillLists(state, { issuer: body.party.id, key }, { entry: index, decisions: [decision.index] });
  }
  return undefined;
}

/** Thumbprints of credential keys that this entry declares compromised and the one before did not. */
export function newlyCompromised(before: Party | undefined, after: Party): string[] {
  return after.keys
    .filter(({ use, compromised }) => use === 'credential' && compromised !== undefined)
    .filter((key) => before === undefined || !isListed(before.keys, key))
    .map(({ key }) => thumbprint(key));
}

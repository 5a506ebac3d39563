import { keysInForce, type NetworkView, type PublicJwk, signatureCheck, thumbprint } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { AcceptFrom } from './check-policy.ts';
import type { KeptResult } from './check-result-store.ts';
import { type CheckStatement, parseCheckStatement } from './check-statement.ts';

/** Signed statements that came along with one question; beyond it the rest is not read. */
export const MAX_HANDED = 16;

/** Why a statement that was handed along was not used; it changes nothing then. */
export type Ignored = { readonly index: number; readonly why: IgnoredWhy };
export type IgnoredWhy =
  | 'evidence.unreadable'
  | 'evidence.too_many'
  | 'evidence.party_not_accepted'
  | 'evidence.other_credential'
  | 'evidence.no_such_check'
  | 'evidence.too_old'
  | 'evidence.from_the_future'
  | 'evidence.key_not_accredited'
  | 'evidence.signature';

export type Accepted = {
  /** The newest usable result for each check, by its id. */
  readonly results: ReadonlyMap<string, KeptResult>;
  readonly ignored: readonly Ignored[];
};

export type HandedAlong = {
  readonly texts: readonly string[];
  readonly credential: string;
  readonly acceptFrom: readonly AcceptFrom[];
  readonly view: NetworkView | undefined;
  /** Unix milliseconds. */
  readonly now: number;
};

/** By which clocks may differ before a result counts as made up. */
const CLOCK_SKEW_MS = 60_000;

/**
 * What may be taken from the statements that holder or caller have handed along: signed by a party that the policy accepts,
 * with a verdict key that is in force at our position, about this credential, young enough. Whoever hands them along cannot
 * make them say anything; what does not hold is ignored and named.
 */
export async function verifyHanded(engine: SignatureEngine, handed: HandedAlong): Promise<Accepted> {
  const results = new Map<string, KeptResult>();
  const ignored: Ignored[] = handed.texts.slice(MAX_HANDED).map((_, i) => ({
    index: MAX_HANDED + i,
    why: 'evidence.too_many',
  }));
  for (const [index, text] of handed.texts.slice(0, MAX_HANDED).entries()) {
    const read = await verifyOne(engine, text, handed);
    if (typeof read === 'string') {
      ignored.push({ index, why: read });
      continue;
    }
    for (const [check, result] of read) {
      const known = results.get(check);
      if (known === undefined || known.found.asOf < result.found.asOf) results.set(check, result);
    }
  }
  return { results, ignored };
}

/** Cheap reasons first: a signature is only checked on what would be used. */
async function verifyOne(
  engine: SignatureEngine,
  text: string,
  handed: HandedAlong,
): Promise<IgnoredWhy | ReadonlyMap<string, KeptResult>> {
  const statement = readStatement(text);
  if (statement === undefined) return 'evidence.unreadable';
  const entries = handed.acceptFrom.filter(({ party }) => party === statement.issuer);
  if (entries.length === 0) return 'evidence.party_not_accepted';
  if (statement.credential !== handed.credential) return 'evidence.other_credential';
  const usable = usableResults(statement, entries, handed.now, text);
  if (typeof usable === 'string') return usable;
  const key = keyOf(statement, entries, handed.view);
  if (key === undefined) return 'evidence.key_not_accredited';
  return (await isSigned(engine, statement, key)) ? usable : 'evidence.signature';
}

function readStatement(text: string): CheckStatement | undefined {
  try {
    return parseCheckStatement(text);
  } catch {
    return undefined;
  }
}

function usableResults(
  { issuer, results }: CheckStatement,
  entries: readonly AcceptFrom[],
  now: number,
  proof: string,
): IgnoredWhy | ReadonlyMap<string, KeptResult> {
  const usable = new Map<string, KeptResult>();
  let why: IgnoredWhy = 'evidence.no_such_check';
  for (const [check, { result, asOf }] of results) {
    const limits = entries.filter(({ checks }) => checks.includes(check)).map(({ maxAgeMs }) => maxAgeMs);
    if (limits.length === 0) continue;
    const ageMs = now - asOf;
    if (ageMs < -CLOCK_SKEW_MS) why = 'evidence.from_the_future';
    else if (ageMs > Math.max(...limits)) why = 'evidence.too_old';
    else
      usable.set(check, {
        party: issuer,
        found: { ok: true, result, asOf: Math.min(asOf, now), source: issuer, proof },
      });
  }
  return usable.size === 0 ? why : usable;
}

/** The key that the policy gives for the party; without one, a verdict key that the network lists for it now. */
function keyOf(
  { jws, issuer }: CheckStatement,
  entries: readonly AcceptFrom[],
  view: NetworkView | undefined,
): PublicJwk | undefined {
  const own = entries.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const listed = keysInForce(view?.parties.get(issuer), 'verdict', view?.position.time ?? 0);
  const candidates = own.length > 0 ? own : listed;
  return candidates.find((key) => thumbprint(key) === jws.header.kid);
}

async function isSigned(engine: SignatureEngine, { jws }: CheckStatement, key: PublicJwk): Promise<boolean> {
  try {
    const [holds] = await engine.verify([signatureCheck(jws, key)]);
    return holds === true;
  } catch {
    // Another algorithm than the key's, or an engine that cannot work: either way nothing is proved.
    return false;
  }
}

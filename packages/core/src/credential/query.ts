import type { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { querySchema, sdJwtQuerySchema, vcJwtQuerySchema } from './dcql-schema.ts';
import type { Credential } from './parsed-credential.ts';
import { namesTypes } from './w3c-types.ts';

/** Why credentials do not answer a query. Closed and public: added to, never renamed. */
export type QueryReason =
  | 'query.malformed'
  | 'query.too_large'
  | 'query.unsupported'
  | 'query.not_asked'
  | 'query.too_many'
  | 'query.credential_missing'
  | 'query.type_mismatch'
  | 'query.holder_binding_missing'
  | 'query.claims_missing'
  | 'query.value_mismatch';

type ClaimStep = string | number | null;

/** One claim asked for: its path (OpenID4VP section 7), and the values accepted when they are named. */
export type ClaimQuery = {
  readonly id?: string;
  readonly path: readonly ClaimStep[];
  readonly values?: readonly (string | number | boolean)[];
};

export type CredentialQuery = {
  readonly id: string;
  readonly format: 'dc+sd-jwt' | 'jwt_vc_json';
  /** The credential types accepted, from `meta.vct_values`; of a `jwt_vc_json` each of `typeSets` joined by a space. */
  readonly types: readonly string[];
  /** Of a `jwt_vc_json`, from `meta.type_values`: one set whose types it has all. */
  readonly typeSets?: readonly (readonly string[])[];
  readonly multiple: boolean;
  /** A proof of possession must come with the credential. */
  readonly isBound: boolean;
  /** Alternatives in the order preferred; each is the claims that must all be there. One empty one asks for none. */
  readonly claimSets: readonly (readonly ClaimQuery[])[];
};

/** A DCQL query for one or several `dc+sd-jwt` or `jwt_vc_json` credentials (OpenID4VP 1.0 section 6 and B.1). */
export type Query = {
  readonly credentials: readonly CredentialQuery[];
  /** Combinations of credential queries; absent when all of them are asked for. */
  readonly sets?: readonly { readonly options: readonly (readonly string[])[]; readonly required: boolean }[];
};

/** What one query may cost us. A larger one is refused with `query.too-large`. */
export const QUERY_BOUNDS = {
  nodes: 4096,
  depth: 8,
  textLength: 32_768,
  credentials: 16,
  claims: 64,
  pathLength: 16,
} as const;

/**
 * Parses a DCQL query from outside. Throws `query.too-large`, `query.malformed`, or `query.unsupported` for another
 * format, and for a `jwt_vc_json` that is to prove possession: none here can. `trusted_authorities` are hints for wallets and ignored here: whom to trust is decided
 * by the verifier's own evidence.
 */
export function parseQuery(value: unknown): Query {
  assertSmall(value);
  const parsed = querySchema.safeParse(value);
  if (!parsed.success) throw malformed('This is not a DCQL query (OpenID4VP section 6).', parsed.error);
  const { credentials: asked, credential_sets: sets } = parsed.data;
  const ids = new Set(asked.map(({ id }) => id));
  if (ids.size < asked.length) throw malformed('Two credentials of a query have the same id.');
  if (asked.length > QUERY_BOUNDS.credentials) throw tooLarge();
  const credentials = asked.map(readCredentialQuery);
  if (sets === undefined) return { credentials };
  if (sets.some(({ options }) => options.flat().some((id) => !ids.has(id)))) {
    throw malformed('A credential set names a credential that the query does not ask for.');
  }
  return { credentials, sets };
}

function readCredentialQuery(asked: { readonly format: string }): CredentialQuery {
  const { format } = asked;
  if (format === 'dc+sd-jwt') {
    const { meta, ...parsed } = read(asked, sdJwtQuerySchema, 'its types in meta.vct_values (OpenID4VP section B.3.5)');
    return { ...commonOf(parsed), format, types: meta.vct_values };
  }
  if (format !== 'jwt_vc_json') {
    throw unsupported('Only dc+sd-jwt and jwt_vc_json credentials can be asked for.', format);
  }
  const { meta, ...parsed } = read(asked, vcJwtQuerySchema, 'its types in meta.type_values (OpenID4VP section B.1.1)');
  const common = commonOf(parsed);
  if (common.isBound) {
    throw unsupported('A jwt_vc_json proves no possession: say require_cryptographic_holder_binding false.', format);
  }
  const { type_values: typeSets } = meta;
  return { ...common, format, types: typeSets.map((set) => set.join(' ')), typeSets };
}

function read<Parsed>(asked: { readonly format: string }, schema: z.ZodType<Parsed>, types: string): Parsed {
  const parsed = schema.safeParse(asked);
  if (parsed.success) return parsed.data;
  const { format } = asked;
  throw malformed(
    parsed.error.issues[0]?.path[0] === 'meta'
      ? `A query for a ${format} credential names ${types}.`
      : `This is not a DCQL query for a ${format} credential (OpenID4VP section 6.1).`,
    parsed.error,
  );
}

type Common = Omit<z.infer<typeof sdJwtQuerySchema>, 'format' | 'meta'>;

function commonOf(parsed: Common): Omit<CredentialQuery, 'format' | 'types' | 'typeSets'> {
  const { id, multiple, require_cryptographic_holder_binding: isBound } = parsed;
  const claims = (parsed.claims ?? []) as readonly ClaimQuery[];
  if (claims.length > QUERY_BOUNDS.claims) throw tooLarge();
  if (claims.some(({ path }) => path.length > QUERY_BOUNDS.pathLength)) throw tooLarge();
  return { id, multiple, isBound, claimSets: readClaimSets(claims, parsed.claim_sets) };
}

function unsupported(sentence: string, format: string): CodedError {
  return new CodedError('query.unsupported', sentence, { format });
}

function readClaimSets(claims: readonly ClaimQuery[], sets: readonly (readonly string[])[] | undefined) {
  if (sets === undefined) return [claims];
  const byId = new Map<string, ClaimQuery>();
  for (const claim of claims) {
    if (claim.id !== undefined && byId.has(claim.id)) throw malformed('Two claims of a query have the same id.');
    if (claim.id !== undefined) byId.set(claim.id, claim);
  }
  if (sets.some((set) => set.some((id) => !byId.has(id)))) {
    throw malformed('A claim set names a claim that the query does not ask for.');
  }
  return sets.map((set) => set.flatMap((id) => byId.get(id) ?? []));
}

function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('query.malformed', message, {}, cause);
}

function tooLarge(): CodedError {
  return new CodedError('query.too-large', 'This query asks for more than is answered here.', { ...QUERY_BOUNDS });
}

/** Before any schema looks at it: a query is sent by strangers too, to a wallet. */
function assertSmall(value: unknown): void {
  let nodes = 0;
  let length = 0;
  const visit = (node: unknown, depth: number) => {
    nodes += 1;
    if (typeof node === 'string') length += node.length;
    if (nodes > QUERY_BOUNDS.nodes || length > QUERY_BOUNDS.textLength || depth > QUERY_BOUNDS.depth) throw tooLarge();
    if (typeof node !== 'object' || node === null) return;
    for (const [name, member] of Object.entries(node)) {
      length += name.length;
      visit(member, depth + 1);
    }
  };
  visit(value, 0);
}

/** A credential that may answer. `id` is the credential query it was presented for, as `vp_token` names it. */
export type QueryCandidate = { readonly id?: string; readonly parsed: Credential };

export type QueryMatch = {
  readonly query: string;
  /** Position among the candidates. */
  readonly candidate: number;
  /** Top-level claims that a holder discloses: those the query asks for, and all of a credential without disclosures. */
  readonly claims: readonly string[];
};

export type QueryFault = {
  readonly code: QueryReason;
  readonly query: string;
  /** JSON pointer of the claim, for `query.claims_missing` and `query.value_mismatch`. */
  readonly path?: string;
};

export type QueryAnswer = {
  readonly ok: boolean;
  readonly matches: readonly QueryMatch[];
  /** Why it is not answered; empty when `ok`. */
  readonly faults: readonly QueryFault[];
};

/**
 * Which candidates answer which credential queries. `presented`: what a verifier received; every candidate must answer
 * the query it names. `held`: what a wallet has; candidates that match nothing are passed over. Whether anything in a
 * candidate is authentic is not asked here.
 */
export function matchQuery(
  query: Query,
  candidates: readonly QueryCandidate[],
  as: 'presented' | 'held' = 'presented',
): QueryAnswer {
  const matches: QueryMatch[] = [];
  const faults: QueryFault[] = [];
  for (const asked of query.credentials) {
    const answers = candidates.map((candidate, i) => matchOne(asked, candidate, i, as));
    const found = answers.flatMap((answer) => (answer?.match === undefined ? [] : [answer.match]));
    matches.push(...found);
    const failed = answers.flatMap((answer) => answer?.faults ?? []);
    const named = candidates.filter(({ id }) => id === asked.id).length;
    if (named > 1 && !asked.multiple) faults.push({ code: 'query.too_many', query: asked.id });
    if (named > found.length || (found.length === 0 && failed.length > 0)) faults.push(...failed);
    else if (found.length === 0) faults.push({ code: 'query.credential_missing', query: asked.id });
  }
  const unasked = candidates.filter(
    ({ id }) => id !== undefined && !query.credentials.some((asked) => asked.id === id),
  );
  for (const { id = '' } of unasked) faults.push({ code: 'query.not_asked', query: id });
  return settle(query, candidates, matches, faults);
}

/** With credential sets, a query nobody presented for is a fault only when no option of a required set is whole. */
function settle(
  query: Query,
  candidates: readonly QueryCandidate[],
  matches: readonly QueryMatch[],
  faults: readonly QueryFault[],
): QueryAnswer {
  const answered = new Set(matches.map((match) => match.query));
  const isWhole = (option: readonly string[]) => option.every((id) => answered.has(id));
  const isEnough =
    query.sets === undefined
      ? query.credentials.every(({ id }) => answered.has(id))
      : query.sets.every(({ options, required }) => !required || options.some(isWhole));
  const presented = new Set(candidates.map(({ id }) => id));
  const broken = faults.filter((fault) => presented.has(fault.query));
  const ok = isEnough && broken.length === 0;
  return { ok, matches, faults: ok ? [] : isEnough ? broken : faults };
}

type Answer = { readonly match?: QueryMatch; readonly faults: readonly QueryFault[] };

function matchOne(
  asked: CredentialQuery,
  { id, parsed }: QueryCandidate,
  candidate: number,
  as: 'presented' | 'held',
): Answer | undefined {
  if (id !== undefined && id !== asked.id) return undefined;
  const query = asked.id;
  if (!isOfType(asked, parsed)) return { faults: [{ code: 'query.type_mismatch', query }] };
  if (asked.isBound && (as === 'held' ? parsed.cnf : parsed.keyBinding) === undefined) {
    return { faults: [{ code: 'query.holder_binding_missing', query }] };
  }
  let faults: QueryFault[] | undefined;
  for (const claims of asked.claimSets) {
    const missing = claims.flatMap((claim) => missingClaim(claim, parsed.claims, as, query));
    if (missing.length === 0) return { match: { query, candidate, claims: shownBy(claims, parsed) }, faults: [] };
    // Of several alternatives, the first is the one the verifier prefers: say what is wrong with that.
    faults ??= missing;
  }
  return { faults: faults ?? [] };
}

/** A type of the same name in another format is another type. */
function isOfType({ format, types, typeSets = [] }: CredentialQuery, parsed: Credential): boolean {
  if (format === 'dc+sd-jwt') return parsed.format === 'dc+sd-jwt' && types.includes(parsed.vct);
  return parsed.format === 'vc+jwt' && typeSets.some((set) => namesTypes(parsed, set));
}

/** Nothing can be left out of a credential without disclosures: whoever shows one claim of it shows all. */
function shownBy(claims: readonly ClaimQuery[], { format, claims: all }: Credential): string[] {
  if (format === 'vc+jwt') return Object.keys(all);
  return [...new Set(claims.flatMap(({ path }) => (typeof path[0] === 'string' ? [path[0]] : [])))];
}

function missingClaim(
  claim: ClaimQuery,
  claims: JsonObject,
  as: 'presented' | 'held',
  query: string,
): readonly QueryFault[] {
  if (isAnswered(claims, claim.path, 0, claim.values, as)) return [];
  const isThere = claim.values !== undefined && isAnswered(claims, claim.path, 0, undefined, as);
  const path = claim.path.map((step) => `/${step ?? '-'}`).join('');
  return [{ code: isThere ? 'query.value_mismatch' : 'query.claims_missing', query, path }];
}

/**
 * Follows a claims path. In a presentation the elements of an array that were withheld are gone and the others have
 * moved up, so an index there asks for any element; at the holder it means exactly that one. Objects of `claims` have
 * no prototype, so a name like `constructor` finds only what somebody claimed.
 */
function isAnswered(
  value: Json | undefined,
  path: readonly ClaimStep[],
  at: number,
  values: ClaimQuery['values'],
  as: 'presented' | 'held',
): boolean {
  if (at === path.length) {
    if (value === undefined || value === null) return false;
    return values === undefined || values.some((accepted) => accepted === value);
  }
  const step = path[at];
  if (typeof step === 'string') {
    return isJsonObject(value) && isAnswered(value[step], path, at + 1, values, as);
  }
  if (!Array.isArray(value)) return false;
  const items = value as readonly Json[];
  if (typeof step === 'number' && as === 'held') return isAnswered(items[step], path, at + 1, values, as);
  return items.some((item) => isAnswered(item, path, at + 1, values, as));
}

/** Codes of what a DCQL query asks that this one credential does not answer; none when it answers one part of it. */
export function judgeQuery(query: Json, parsed: Credential): readonly QueryReason[] {
  try {
    const answers = parseQuery(query).credentials.map((asked) => matchOne(asked, { parsed }, 0, 'presented'));
    if (answers.some((answer) => answer?.match !== undefined)) return [];
    const codes = answers.flatMap((answer) => answer?.faults.map(({ code }) => code) ?? []);
    // A credential of the right type that lacks a claim says more than the other types it is not.
    const telling = codes.filter((code) => code !== 'query.type_mismatch');
    return [...new Set(telling.length > 0 ? telling : codes)];
  } catch (error) {
    if (isCodedError(error)) return [error.code.replaceAll('-', '_') as QueryReason];
    throw error;
  }
}

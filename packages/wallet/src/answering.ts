import {
  CodedError,
  type Credential,
  createPresentationDraft,
  encodePresentation,
  encodeUtf8,
  matchQuery,
  parseCredential,
  type Query,
} from '@holdfast/core';
import type { WalletPorts } from './wallet-ports.ts';
import type { HeldCredential } from './wallet-store.ts';

/** One way to answer one part of a verifier's query. */
export type Candidate = {
  readonly credential: HeldCredential;
  /** Names of the claims that the verifier would read, all of a W3C credential; everything else stays hidden. */
  readonly claims: readonly string[];
};

/** What a holder is asked to decide. */
export type Question = {
  readonly verifier: { readonly clientId: string; readonly fingerprint: string; readonly name?: string };
  readonly parts: readonly { readonly query: string; readonly candidates: readonly Candidate[] }[];
};

/** For each part, the id of the credential to show; undefined to refuse. Parts left out are not answered. */
export type Choice = Readonly<Record<string, string>> | undefined;

export function chooseFirst({ parts }: Question): Choice {
  return Object.fromEntries(
    parts.flatMap(({ query, candidates }) => candidates.slice(0, 1).map((first) => [query, first.credential.id])),
  );
}

/** Undefined when what is held does not answer the query. */
export async function createQuestion(
  ports: WalletPorts,
  query: Query,
  verifier: Question['verifier'],
): Promise<Question | undefined> {
  const held = await readUsable(ports);
  const { ok, matches } = matchQuery(
    query,
    held.map(({ parsed }) => ({ parsed })),
    'held',
  );
  if (!ok) return undefined;
  const parts = query.credentials.map(({ id }) => ({
    query: id,
    candidates: matches
      .filter((match) => match.query === id)
      .flatMap(({ candidate, claims }) => {
        const found = held[candidate];
        return found === undefined ? [] : [{ credential: found.credential, claims }];
      }),
  }));
  return {
    verifier,
    parts: parts.filter(({ candidates }) => candidates.length > 0),
  };
}

type Usable = { readonly credential: HeldCredential; readonly parsed: Credential };

/** One copy of each batch, the least used, newest batch first; nothing that has expired. */
async function readUsable({ store, now }: WalletPorts): Promise<readonly Usable[]> {
  const byBatch = new Map<string, HeldCredential>();
  for (const credential of await store.readAll()) {
    if (credential.expiresAt !== undefined && credential.expiresAt <= now()) continue;
    const other = byBatch.get(credential.batch);
    if (other === undefined || credential.uses < other.uses) byBatch.set(credential.batch, credential);
  }
  const newest = [...byBatch.values()].sort((a, b) => b.receivedAt - a.receivedAt);
  return newest.flatMap((credential) => {
    const parsed = parseCredential(credential.credential);
    return parsed.ok ? [{ credential, parsed }] : [];
  });
}

type Shown = { readonly query: string; readonly candidate: Candidate };

/** Throws `wallet.choice` for a choice that was not offered. */
export function applyChoice({ parts }: Question, choice: Readonly<Record<string, string>>): readonly Shown[] {
  return Object.entries(choice).map(([query, id]) => {
    const part = parts.find((candidate) => candidate.query === query);
    const candidate = part?.candidates.find(({ credential }) => credential.id === id);
    if (candidate !== undefined) return { query, candidate };
    throw new CodedError('wallet.choice', 'This credential was not among those that answer the question.');
  });
}

/** Discloses the claims of a candidate, bound to who asks and to the one request; a W3C credential as it is, which binds it to nobody. */
export async function createPresentation(
  { keys, now }: WalletPorts,
  { nonce, clientId }: { readonly nonce: string; readonly clientId: string },
  { credential, claims }: Candidate,
): Promise<string> {
  const parsed = parseCredential(credential.credential);
  if (parsed.ok && parsed.format === 'vc+jwt') return credential.credential;
  const disclosable = new Set(parsed.ok ? parsed.disclosures.map(({ path }) => path[0]) : []);
  const disclose = claims.filter((claim) => disclosable.has(claim));
  const binding = { nonce, audience: clientId, iat: Math.floor(now() / 1000) };
  const draft = createPresentationDraft(credential.credential, disclose, binding);
  return encodePresentation(draft, await keys.sign(credential.keyId, encodeUtf8(draft.signingInput)));
}

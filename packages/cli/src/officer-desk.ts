import {
  approvalSigningInput,
  CodedError,
  canonicalJson,
  checkTerms,
  type DecisionOpenings,
  type DecisionTerms,
  type ExpectedDecision,
  encodeJws,
  encodeUtf8,
  isJsonObject,
  type Json,
  type JsonObject,
} from '@holdfast/core';
import type { Signer } from '@holdfast/server/client';
import type { NetworkClient } from './network-client.ts';

export type Proposal = {
  readonly id: string;
  readonly digest: string;
  readonly state: string;
  readonly needed: number;
  readonly approvals: readonly { readonly officer: string }[];
  readonly dueAt: number;
  readonly json: JsonObject;
};

/** Asks the governor to open a decision. The key makes a repeated call find the first one. */
export async function propose(client: NetworkClient, request: unknown, idempotencyKey: string): Promise<Proposal> {
  return readProposal(await client.post('/decisions', request, { 'idempotency-key': idempotencyKey }));
}

/** Approves a decision on exactly this that still collects signatures, or opens it: the second officer joins the first. */
export async function joinOrPropose(
  client: NetworkClient,
  expected: ExpectedDecision,
  request: unknown,
  officer: { readonly signer: Signer; readonly name: string },
): Promise<Proposal> {
  const proposal = (await findOpen(client, expected)) ?? (await propose(client, request, `cli-${crypto.randomUUID()}`));
  return approve(client, proposal.id, expected, officer);
}

async function findOpen(
  client: NetworkClient,
  { power, targets, genesis, party, emergency }: ExpectedDecision,
): Promise<Proposal | undefined> {
  const wanted = canonicalJson(targets.map(canonicalJson).sort());
  const { decisions } = await client.get('/decisions');
  for (const json of Array.isArray(decisions) ? (decisions as readonly Json[]) : []) {
    if (!isJsonObject(json) || json.state !== 'collecting' || json.power !== power) continue;
    const opened = await client.get(`/decisions/${String(json.id)}/openings`);
    const { terms, openings } = opened as unknown as { terms: DecisionTerms; openings: DecisionOpenings };
    const named = canonicalJson(openings.targets.map(({ value }) => canonicalJson(value)).sort());
    // Two changes of one party are two decisions.
    const isSame = party === undefined || terms.parameters.party === party;
    const isEmergency = terms.parameters.lapsesAt !== undefined;
    if (terms.genesis === genesis && named === wanted && isSame && isEmergency === (emergency === true))
      return readProposal(json);
  }
  return undefined;
}

/** An officer at their own desk: reads what the digest stands for, recomputes it, and only then signs. */
export async function approve(
  client: NetworkClient,
  id: string,
  expected: Omit<ExpectedDecision, 'genesis'> & { readonly genesis: string },
  officer: { readonly signer: Signer; readonly name: string },
): Promise<Proposal> {
  const opened = await client.get(`/decisions/${encodeURIComponent(id)}/openings`);
  const { terms, openings } = opened as unknown as { terms: DecisionTerms; openings: DecisionOpenings };
  const digest = checkTerms(terms, openings, expected);
  const input = approvalSigningInput(digest, await officer.signer.readPublicKey(officer.name));
  const approval = encodeJws(input, await officer.signer.sign(officer.name, encodeUtf8(input)));
  return readProposal(await client.post(`/decisions/${encodeURIComponent(id)}/approvals`, { approval }));
}

export function readProposal(json: JsonObject): Proposal {
  const { id, digest, state, needed, approvals, dueAt } = json;
  if (typeof id !== 'string' || typeof digest !== 'string' || typeof state !== 'string' || !Array.isArray(approvals)) {
    throw new CodedError('network.answer', 'The governor answered with something that is not a decision.');
  }
  const officers = (approvals as readonly unknown[])
    .filter(isJsonObject)
    .map(({ officer }) => ({ officer: String(officer) }));
  return { id, digest, state, needed: Number(needed), approvals: officers, dueAt: Number(dueAt), json };
}

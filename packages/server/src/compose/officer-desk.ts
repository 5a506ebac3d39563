import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { approvalSigningInput, CodedError, checkTerms, encodeJws, encodeUtf8 } from '@holdfast/core';
import { readSealedKey } from '../adapters/key-files/sealed-key.ts';
import type { RevocationAnswer } from '../http/page/revocation-view.ts';
import type { Governor } from '../roles/governor/governor.ts';
import type { Issuer } from '../roles/issuer/issuer.ts';

export const APPROVAL_KEY = 'approval';

/** How long a revocation begun on the page waits for the second officer. */
const EXPIRES_IN_MS = 3_600_000;
/** Revocations begun and not ended that are remembered; of one that was forgotten the second officer begins anew. */
const MAX_OPEN = 1_000;

/**
 * Development only: officers sign on the page, each with the passphrase of a sealed key that lies on this machine. The
 * server opens the key for one signature and keeps neither key nor passphrase, so the admin key still can do nothing.
 */
export function createOfficerDesk(options: {
  readonly keysFolder: string;
  readonly officers: readonly string[];
  readonly tenant: string;
  readonly issuer: Issuer;
  readonly governor: Governor;
}): (label: string, officer: string, passphrase: string) => Promise<RevocationAnswer> {
  const { keysFolder, officers, tenant, issuer, governor } = options;
  const open = new Map<string, string>();

  return async (label, officer, passphrase) => {
    if (!officers.includes(officer)) throw new CodedError('officer.unknown', 'There is no such officer here.');
    const key = await readSealedKey(join(keysFolder, officer, `${APPROVAL_KEY}.jwe`), passphrase);
    const targets = (await issuer.readIssued(tenant, label)).map(({ list, index }) => ({ list, index }));
    if (targets.length === 0)
      throw new CodedError('revoke.nobody', `No credential was issued under the label ${label}.`);
    const idempotencyKey = open.get(label) ?? `page-${label}-${randomBytes(6).toString('hex')}`;
    open.set(label, idempotencyKey);
    const [oldest] = open.keys();
    if (open.size > MAX_OPEN && oldest !== undefined) open.delete(oldest);
    const request = { power: 'revoke', class: 'residence-ended', targets, expiresInMs: EXPIRES_IN_MS } as const;
    // What cannot be gone on with, because it lapsed or the label has more credentials now, is begun anew the next time.
    const { id } = await governor.propose(request, idempotencyKey).catch((error: unknown) => {
      open.delete(label);
      throw error;
    });
    const { terms, openings } = await governor.openings(id);
    const digest = checkTerms(terms, openings, { genesis: terms.genesis, power: 'revoke', targets });
    const input = approvalSigningInput(digest, key.publicKey);
    const approval = encodeJws(input, key.sign(encodeUtf8(input)));
    const proposal = await governor.approve(id, approval).catch((error: unknown) => {
      open.delete(label);
      throw error;
    });
    const isDone = proposal.state === 'carried-out';
    if (proposal.state !== 'collecting') open.delete(label);
    return { id, needed: proposal.needed, approvals: proposal.approvals.map((given) => given.officer), isDone };
  };
}

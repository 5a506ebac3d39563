import { CodedError, parseCredential } from '@holdfast/core';
import { createIssuerKeys } from './issuer-key.ts';
import { createStatusReader } from './status-check.ts';
import type { WalletPorts } from './wallet-ports.ts';

/** What its issuer says of a credential now. `unsaid`: it has no status that anybody could read. */
export type HeldStatus = 'good' | 'revoked' | 'suspended' | 'expired' | 'unsaid';

/**
 * Whether a held credential still works, as its issuer's own signed list says it: asked of nobody who would learn by it which
 * one it is, as a list has many. Throws `wallet.not-held`, `wallet.status`, `wallet.issuer-key` and what fetching throws.
 */
export async function readHeldStatus(ports: WalletPorts, id: string): Promise<HeldStatus> {
  const held = await ports.store.read(id);
  const parsed = held === undefined ? undefined : parseCredential(held.credential);
  if (held === undefined || !parsed?.ok) {
    throw new CodedError('wallet.not-held', 'This wallet holds no such credential.');
  }
  const nowMs = ports.now();
  if (held.expiresAt !== undefined && held.expiresAt <= nowMs) return 'expired';
  if (parsed.status === undefined) return 'unsaid';
  const key = await createIssuerKeys(ports, held.issuer)(parsed.header, nowMs);
  const value = await createStatusReader(ports)(parsed.status, key, nowMs);
  return value === 0 ? 'good' : value === 2 ? 'suspended' : 'revoked';
}

import { decisionDigest } from '../governance/decision.ts';
import type { StatementOf } from './statement.ts';
import { successionDecision } from './succession.ts';

type Deciding = StatementOf<'decision' | 'succession'>;

const DIGESTS = new WeakMap<Deciding, { readonly genesis: string; readonly digest: string }>();

/**
 * The digest that the approvals of this statement are over, in the network of this name. Remembered: to list its signatures, to
 * try it and to apply it all ask for it.
 */
export function digestOfDecision(body: Deciding, genesis: string): string {
  const known = DIGESTS.get(body);
  if (known?.genesis === genesis) return known.digest;
  const digest = decisionDigest(body.type === 'decision' ? { ...body, genesis } : successionDecision(body));
  DIGESTS.set(body, { genesis, digest });
  return digest;
}

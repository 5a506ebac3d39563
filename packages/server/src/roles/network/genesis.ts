import {
  CodedError,
  encodeBase64url,
  encodeUtf8,
  parseVkey,
  type Rulebook,
  rulebookSchema,
  sha256,
  thumbprint,
} from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';
import { signStatement } from './statement-signing.ts';

/** The signer's name for the key that signs decisions and what carries them out. */
export const GOVERNOR_KEY = 'governor';

export type Genesis = {
  /** Entry 0, as it goes into the log. */
  readonly statement: string;
  /** The network's name: base64url SHA-256 of the entry. */
  readonly network: string;
};

/**
 * Makes entry 0 of a new network: its first rulebook, signed by the governor it names. ES256 signatures differ each time,
 * so the same rulebook makes another network each time: make it once and keep it. Throws `genesis.malformed` for a
 * rulebook that no follower could read, `genesis.other-key` when the signer's governor is not the rulebook's.
 */
export async function createGenesis(
  rulebook: Rulebook,
  signer: Pick<Signer, 'readPublicKey' | 'sign'>,
): Promise<Genesis> {
  const body = parseRulebook(rulebook);
  const key = await signer.readPublicKey(GOVERNOR_KEY);
  if (thumbprint(key) !== thumbprint(body.keys.governor)) {
    throw new CodedError('genesis.other-key', 'The rulebook names another governor key than the one that signs it.');
  }
  const statement = await signStatement({ type: 'rulebook', v: 1, body }, { signer, name: GOVERNOR_KEY, key });
  return { statement, network: encodeBase64url(sha256(encodeUtf8(statement))) };
}

function parseRulebook(rulebook: Rulebook): Rulebook {
  const parsed = rulebookSchema.safeParse(rulebook);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new CodedError('genesis.malformed', 'This rulebook is not one.', { issues });
  }
  if (parseVkey(parsed.data.log.vkey).name !== parsed.data.log.origin) {
    throw new CodedError('genesis.malformed', 'The log key of a rulebook bears the name of the log.');
  }
  return parsed.data;
}

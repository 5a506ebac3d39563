import { encodeBase64url, type SignatureCheck, sha256 } from '@holdfast/core';
import { createRecentMap } from '../recent-map.ts';
import type { SignatureEngine } from './engine.ts';
import { isStrictCheck } from './strict-check.ts';

/**
 * Asks the engine once for a signature that held. In one process the same statement is verified by whoever lets it in, by the
 * log and by each follower, and a credential comes again with each presentation; to ask another thread takes as long as the
 * verification. What did not hold is not remembered: nobody fills the memory with forgeries.
 *
 * @param most - so many that held are remembered at least, and at most twice as many, some 200 bytes each.
 */
export function createRememberingEngine(engine: SignatureEngine, most = 8_192): SignatureEngine {
  const held = createRecentMap<string, true>(most);

  return {
    async verify(checks) {
      const names = checks.map(nameOf);
      const isKnown = names.map((name) => name !== undefined && held.get(name) === true);
      const asked = checks.filter((_, i) => !isKnown[i]);
      const answers = (asked.length === 0 ? [] : await engine.verify(asked)).values();
      return names.map((name, i) => {
        const holds = isKnown[i] === true || answers.next().value === true;
        if (holds && name !== undefined && isKnown[i] !== true) held.set(name, true);
        return holds;
      });
    },
  };
}

/** Of everything that is verified: whatever differs in a bit has another name. What no engine would accept has none. */
function nameOf(check: SignatureCheck): string | undefined {
  if (!isStrictCheck(check)) return undefined;
  const { alg, key, data, signature } = check;
  const point = key.kty === 'EC' ? `${key.x} ${key.y}` : key.x;
  return `${alg} ${point} ${encodeBase64url(sha256(data))} ${encodeBase64url(signature)}`;
}

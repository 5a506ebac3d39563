import { encodeBase64url, encodeUtf8, encodeVkey, sha256 } from '@holdfast/core';
import { buildLog, LIST_URI, testRulebook } from '../../core/test/log-builder.ts';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { createFollowerStoreMemory } from '../src/follow/follower-store-memory.ts';
import { makeBundle } from '../src/offline/make-bundle.ts';
import { createNodeEngine } from '../src/signatures/node-engine.ts';
import { EMPTY_POLICY } from '../src/verify/policy.ts';
import { checkpointText, createLogKey, ORIGIN } from './test-feed.ts';
import { createRealKey, issue, present } from './verify-world.ts';

/** A network that ended at one moment, and what people show of it: everything under real keys, for engines of all kinds. */
export async function createPackageWorld(now: number) {
  const signatures = createRealSignatures();
  const logKey = createLogKey();
  const rulebook = testRulebook(signatures, { log: { origin: ORIGIN, vkey: encodeVkey(logKey.vkey) } });
  const log = buildLog({ signatures, rulebook });
  log.revoke([{ list: LIST_URI, index: 9 }]);
  log.epoch(now);
  const store = createFollowerStoreMemory();
  await store.append(0, log.entries, logKey.signNote(checkpointText(log.entries)));
  const bundle = await makeBundle({ store, engine: createNodeEngine(), policy: EMPTY_POLICY });
  const key = signatures.key('civic credential');
  const holder = createRealKey();
  const iat = Math.floor(now / 1000) - 60;
  const residence = (index: number, claims: object = {}) =>
    issue({
      key,
      header: { kid: key.kid },
      holder: holder.jwk,
      status: { uri: LIST_URI, index },
      network: { log: ORIGIN, size: 6 },
      claims: { iss: 'https://civic.example', vct: 'residence', iat, exp: iat + 86_400, ...claims },
    });
  const credentials: Readonly<Record<string, string>> = {
    valid: present(residence(7), holder, { nonce: 'n', audience: 'a', iat: iat + 30 }),
    revoked: residence(9),
    expired: residence(7, { exp: iat + 1 }),
    'not-yet-valid': residence(7, { nbf: iat + 8000, given_name: 'Zoë 🌙' }),
    invalid: residence(7).replace(/.~/, (end) => (end === 'A~' ? 'B~' : 'A~')),
    unknown: residence(7, { iss: 'https://far.example' }),
  };
  return { bundle, credentials, network: encodeBase64url(sha256(encodeUtf8(log.entries[0] ?? ''))) };
}

import { encodeBase64url, encodeUtf8, sha256, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LoopbackServer, send, startServer } from '../../test/loopback-server.ts';
import { createChain, createRealKey, issue, listToken } from '../../test/verify-world.ts';
import { EMPTY_POLICY } from '../verify/policy.ts';
import { createStandaloneVerifier } from './node-verifier.ts';

const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const iat = Math.floor(Date.now() / 1000);

let server: LoopbackServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

it('tells integrity, status and whom one would have to trust, about an issuer it has never heard of', async () => {
  const uri = `${server.origin}/list`;
  const issuer = 'https://town.example/i/one';
  const chain = await createChain('town.example', issuer);
  server.on(
    '/list',
    send(listToken(chain.leafKey, { uri, values: new Uint8Array(64), iat }), 'application/statuslist+jwt'),
  );
  const text = issue({
    key: chain.leafKey,
    header: { x5c: chain.x5c },
    status: { uri, index: 3 },
    claims: { iss: issuer, vct: 'licence', iat },
  });
  const loopback = { ...EMPTY_POLICY, allowLoopback: true };
  const { verdict } = await (await createStandaloneVerifier(loopback)).verify(text, VIEW, { deadlineMs: 5000 });
  expect(verdict).toMatchObject({
    outcome: 'unknown',
    reasons: [{ code: 'trust.no_anchors' }],
    issuer: { id: issuer },
  });
  const { fingerprint = '' } = verdict.issuer ?? {};
  const trusting = await createStandaloneVerifier({ ...loopback, anchors: [fingerprint] });
  expect((await trusting.verify(text, VIEW, { deadlineMs: 5000 })).verdict.outcome).toBe('valid');
});

it('asks nothing of this machine unless its policy is for development', async () => {
  const key = createRealKey();
  server.on(
    '/.well-known/jwt-vc-issuer/i',
    send(JSON.stringify({ issuer: `${server.origin}/i`, jwks: { keys: [key.jwk] } })),
  );
  const text = issue({ key, claims: { iss: `${server.origin}/i`, vct: 'licence', iat } });
  const closed = await createStandaloneVerifier(EMPTY_POLICY);
  const { verdict } = await closed.verify(text, VIEW, { deadlineMs: 5000 });
  expect([verdict.outcome, verdict.reasons[0]?.code]).toEqual(['unknown', 'trust.key_unavailable']);
  expect(server.requests).toEqual([]);
});

it('does not start with an anchor that is no certificate', async () => {
  const anchors = [Buffer.from('not a certificate').toString('base64')];
  const start = createStandaloneVerifier({ ...EMPTY_POLICY, anchors });
  await expect(start).rejects.toMatchObject({ code: 'certificate.malformed' });
  const pin = encodeBase64url(sha256(encodeUtf8('any')));
  await createStandaloneVerifier({ ...EMPTY_POLICY, anchors: [pin] });
});

import { createFraudStoreMemory } from '@holdfast/verifier';
import { expect, it } from 'vitest';
import { createHttpServer } from '../server.ts';
import { fraudRoutes } from './fraud-routes.ts';

it('proofs of fraud are told to anybody, each at an address of its own', async () => {
  const fraud = createFraudStoreMemory();
  const app = await createHttpServer(false);
  fraudRoutes(app, { fraud });
  expect((await app.inject('/trust/fraud')).json()).toEqual({ proofs: [] });
  const digest = 'a'.repeat(43);
  await fraud.keepFraud({ digest, proof: '{"type":"fraud-proof"}' });
  expect((await app.inject('/trust/fraud')).json()).toEqual({ proofs: [{ digest, at: `/trust/fraud/${digest}` }] });
  const proof = await app.inject(`/trust/fraud/${digest}`);
  expect(proof.body).toBe('{"type":"fraud-proof"}');
  expect(proof.headers['content-type']).toBe('application/json; charset=utf-8');
  const other = await app.inject(`/trust/fraud/${'b'.repeat(43)}`);
  expect([other.statusCode, other.json().code]).toEqual([404, 'fraud.unknown']);
  expect((await app.inject('/trust/fraud/x')).statusCode).toBe(400);
  await app.close();
});

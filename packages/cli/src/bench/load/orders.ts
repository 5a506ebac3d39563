import { createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { applicationNonce, createPresentationDraft, encodePresentation } from '@holdfast/core';
import type { Kind, LoadTarget } from './plan.ts';

/** A request that is ready to be sent: its path and its body. */
export type Order = { readonly kind: Kind; readonly path: string; readonly body: string };

/** Makes orders as real as anybody's: each application is another one, each presentation signed for its nonce. */
export type Orders = { readonly make: (kind: Kind) => Order };

const SHOWN = ['resident_id', 'birthdate'];

export function createOrders({ shape, program, held = [] }: LoadTarget): Orders {
  const keys = held.map(({ credential, key }) => ({ credential, key: createPrivateKey({ format: 'jwk', key }) }));
  let turn = 0;
  const show = (binding: { nonce: string; audience: string }): string => {
    turn += 1;
    const { credential, key } = keys[turn % keys.length] as { credential: string; key: KeyObject };
    const draft = createPresentationDraft(credential, SHOWN, { ...binding, iat: Math.floor(Date.now() / 1000) });
    const signature = sign('sha256', Buffer.from(draft.signingInput), { key, dsaEncoding: 'ieee-p1363' });
    return encodePresentation(draft, new Uint8Array(signature));
  };
  function apply(): Order {
    const { id = '', digest = '', organiser = '' } = program ?? {};
    const salt = randomBytes(16).toString('base64url');
    const destination = { kind: 'internal' as const, account: `person-${turn}` };
    const application = { v: 1 as const, program: digest, destination, salt };
    const presentation = show({ nonce: applicationNonce(application), audience: organiser });
    const path = shape === 'echo' ? '/echo' : `/programs/${id}/applications`;
    return { kind: 'apply', path, body: JSON.stringify({ application, presentation }) };
  }
  function verify(): Order {
    const asked = { nonce: randomBytes(16).toString('base64url'), audience: 'x509_hash:bench' };
    return { kind: 'verify', path: '/v/north/verify', body: JSON.stringify({ presentation: show(asked), ...asked }) };
  }
  return {
    make(kind) {
      if (shape === 'claims') {
        const claim = {
          nullifier: randomBytes(32).toString('hex'),
          destination: `person-${randomBytes(4).toString('hex')}`,
        };
        return { kind: 'apply', path: '/claims', body: JSON.stringify(claim) };
      }
      if (kind === 'apply' || shape === 'echo') return apply();
      return kind === 'verify' ? verify() : { kind, path: `/programs/${program?.id ?? ''}`, body: '' };
    },
  };
}

/** The request as it goes over the wire. */
export function wireOf({ path, body }: Order, headers: Readonly<Record<string, string>> = {}): string {
  const method = body === '' ? 'GET' : 'POST';
  const own = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${own}${more.join('')}\r\n${body}`;
}

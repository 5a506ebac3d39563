import { createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  accountOfKey,
  applicationNonce,
  createPresentationDraft,
  encodeJws,
  encodePresentation,
  encodeSigningInput,
  orderSigningParts,
  type PublicJwk,
} from '@holdfast/core';
import type { HeldForLoad, Kind, LoadTarget } from './plan.ts';

/** A request that is ready to be sent: its path and its body. */
export type Order = { readonly kind: Kind; readonly path: string; readonly body: string };

/** Makes orders as real as anybody's: each application is another one, each presentation signed for its nonce. */
export type Orders = { readonly make: (kind: Kind) => Order };

const SHOWN = ['resident_id', 'birthdate'];
const GOOD_FOR_MS = 600_000;

type Person = {
  readonly credential: string;
  readonly key: KeyObject;
  readonly publicKey: PublicJwk;
  /** Of their key, as a destination names it. */
  readonly account: string;
};

function personOf({ credential, key }: HeldForLoad): Person {
  const { kty, crv, x, y } = key as HeldForLoad['key'] & { readonly y?: string };
  const publicKey = { kty, crv, x, ...(y === undefined ? {} : { y }) } as PublicJwk;
  return {
    ...{ credential, key: createPrivateKey({ format: 'jwk', key }), publicKey },
    account: accountOfKey(publicKey),
  };
}

function signAs({ key }: Person, input: string): Uint8Array {
  return new Uint8Array(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }));
}

export function createOrders({ shape, program, held = [], purse }: LoadTarget): Orders {
  const people = held.map(personOf);
  const payers = (purse?.payers ?? []).map(personOf);
  let turn = 0;
  const next = (of: readonly Person[]): Person => {
    turn += 1;
    return of[turn % of.length] as Person;
  };
  const show = (person: Person, binding: { nonce: string; audience: string }): string => {
    const draft = createPresentationDraft(person.credential, SHOWN, {
      ...binding,
      iat: Math.floor(Date.now() / 1000),
    });
    return encodePresentation(draft, signAs(person, draft.signingInput));
  };
  function apply(): Order {
    const { id = '', digest = '', organiser = '' } = program ?? {};
    const salt = randomBytes(16).toString('base64url');
    const person = next(people);
    const destination = { kind: 'internal' as const, account: person.account };
    const application = { v: 1 as const, program: digest, destination, salt };
    const presentation = show(person, { nonce: applicationNonce(application), audience: organiser });
    const path = shape === 'echo' ? '/echo' : `/programs/${id}/applications`;
    return { kind: 'apply', path, body: JSON.stringify({ application, presentation }) };
  }
  function verify(): Order {
    const asked = { nonce: randomBytes(16).toString('base64url'), audience: 'x509_hash:bench' };
    const presentation = show(next(people), asked);
    return { kind: 'verify', path: '/v/north/verify', body: JSON.stringify({ presentation, ...asked }) };
  }
  function transfer(): Order {
    const { ledger = '', asset = '' } = purse ?? {};
    const [from, to] = [next(payers), payers[(turn + 1) % payers.length] as Person];
    const salt = randomBytes(16).toString('base64url');
    const asked = { v: 1, kind: 'transfer', ledger, asset, to: to.account, amount: '1', salt } as const;
    const parts = orderSigningParts({ ...asked, expiresAt: Date.now() + GOOD_FOR_MS }, from.publicKey);
    const input = encodeSigningInput(...parts);
    return {
      kind: 'transfer',
      path: '/ledger/orders',
      body: JSON.stringify({ order: encodeJws(input, signAs(from, input)) }),
    };
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
      return kind === 'verify' ? verify() : transfer();
    },
  };
}

/** The request as it goes over the wire. */
export function wireOf({ path, body }: Order, headers: Readonly<Record<string, string>> = {}): string {
  const own = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${own}${more.join('')}\r\n${body}`;
}

import { createHash, createPublicKey, verify } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { AUDIENCE, LIST_SIZE, NONCE, type Subject } from './presentations.ts';

export type Peer = {
  readonly name: string;
  /** Also of the status, where the credential names a list. */
  readonly verify: (text: string) => Promise<unknown>;
};

/** The usual library, where it is installed (a development dependency); undefined elsewhere, and the bench says less. */
export async function createPeer(subject: Subject): Promise<Peer | undefined> {
  const library = await import('@sd-jwt/sd-jwt-vc').catch(() => undefined);
  if (library === undefined) return undefined;
  const hasher = (data: string | ArrayBuffer) =>
    createHash('sha256')
      .update(typeof data === 'string' ? data : Buffer.from(data))
      .digest();
  const verifyIssuer = async (data: string, signature: string) =>
    verify(
      'sha256',
      Buffer.from(data),
      { key: subject.issuerKey.public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  const verifyHolder = async (data: string, signature: string, payload: { cnf?: { jwk?: object } }) => {
    const key = createPublicKey({
      key: payload.cnf?.jwk as Parameters<typeof createPublicKey>[0] & object,
      format: 'jwk',
    } as never);
    return verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  };
  const list = await createListToken(subject);
  const instance = new library.SDJwtVcInstance({
    hasher,
    hashAlg: 'sha-256',
    verifier: verifyIssuer,
    kbVerifier: verifyHolder as never,
    statusListFetcher: async () => list,
    statusVerifier: verifyIssuer as never,
  });
  const strip = { requiredClaimKeys: [], keyBindingNonce: NONCE, audience: AUDIENCE };
  return {
    name: '@sd-jwt/sd-jwt-vc',
    verify: (text) => instance.verify(text, strip as never),
  };
}

/** A one-bit list of a million with one in a hundred revoked, signed by the credential's key. */
async function createListToken({ issuerKey }: Subject): Promise<string> {
  const { SignJWT } = await import('jose');
  const packed = new Uint8Array(LIST_SIZE / 8);
  for (let i = 100_000; i < LIST_SIZE; i += 100) packed[i >> 3] = (packed[i >> 3] ?? 0) | (1 << (i & 7));
  const lst = deflateSync(packed, { level: 9 }).toString('base64url');
  return new SignJWT({ sub: 'https://bench.example/status/civic/1', ttl: 300, status_list: { bits: 1, lst } })
    .setProtectedHeader({ alg: 'ES256', typ: 'statuslist+jwt' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(issuerKey.private);
}

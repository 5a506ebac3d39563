import {
  encodeBase64url,
  isJsonObject,
  type JsonObject,
  type PublicJwk,
  parseBase64url,
  parseJsonObject,
  parsePublicJwk,
  parseUtf8,
} from '@holdfast/core';
import { parseBase58 } from './base58.ts';
import { parseCompressedPoint } from './p256-point.ts';

const MAX_DID_LENGTH = 2048;

/** A DID URL of the methods supported here, taken apart; `fragment` without its #. */
export type DidUrl = { readonly did: string; readonly method: string; readonly id: string; readonly fragment?: string };

/** DID Core 1.0 section 3.2. Undefined for what is not a DID, or has a path or query, which name no key. */
export function parseDidUrl(text: string): DidUrl | undefined {
  if (text.length > MAX_DID_LENGTH) return undefined;
  const match = /^(did:([a-z0-9]+):([A-Za-z0-9._:%-]+))(?:#([A-Za-z0-9._~:%=+-]+))?$/.exec(text);
  if (match === null) return undefined;
  const [, did = '', method = '', id = '', fragment] = match;
  return fragment === undefined ? { did, method, id } : { did, method, id, fragment };
}

/** The key that a did:jwk is (did:jwk specification). Undefined when it is none that we verify with. */
export function didJwkKey(url: DidUrl): PublicJwk | undefined {
  if (url.fragment !== undefined && url.fragment !== '0') return undefined;
  return usableKey(() => parseJsonObject(parseUtf8(parseBase64url(url.id)), { maxLength: 2048, maxDepth: 4 }));
}

/** The key that a did:key is (did:key specification). */
export function didKeyKey(url: DidUrl): PublicJwk | undefined {
  if (url.fragment !== undefined && url.fragment !== url.id) return undefined;
  return multikey(url.id);
}

/** A Multikey (Controlled Identifiers 1.0 section 2.2.2): base58btc of a multicodec, then the key. */
export function multikey(text: string): PublicJwk | undefined {
  const bytes = text.startsWith('z') ? parseBase58(text.slice(1)) : undefined;
  if (bytes === undefined) return undefined;
  const [first, second] = bytes;
  if (first === 0x80 && second === 0x24) return parseCompressedPoint(bytes.subarray(2));
  if (first === 0xed && second === 0x01 && bytes.length === 34) {
    return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(bytes.subarray(2)) };
  }
  return undefined;
}

/**
 * Where the document of a did:web lies (did:web method, section 3.2). Undefined for a name that would leave its host or
 * its path: an encoded slash, an empty or dotted segment.
 */
export function didWebUrl(url: DidUrl, isLoopbackHttp: (host: string) => boolean): string | undefined {
  const [host = '', ...path] = url.id.split(':');
  if (!/^[A-Za-z0-9.-]+(%3[Aa][0-9]{1,5})?$/.test(host)) return undefined;
  if (!path.every((segment) => /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/.test(segment))) return undefined;
  const authority = host.replace(/%3A/i, ':');
  const scheme = isLoopbackHttp(authority.replace(/:.*$/, '')) ? 'http' : 'https';
  const folder = path.length === 0 ? '.well-known' : path.join('/');
  return `${scheme}://${authority}/${folder}/did.json`;
}

/** A key and the fragment or `kid` it goes by. */
export type NamedKey = { readonly name: string | undefined; readonly key: PublicJwk };

/**
 * The keys that a DID document allows for assertions (DID Core 1.0 section 5.3.2). Undefined when the document is not
 * about this DID. Keys of kinds we do not verify with are left out.
 */
export function assertionKeys(document: JsonObject, did: string): readonly NamedKey[] | undefined {
  if (document.id !== did) return undefined;
  const methods = listOf(document.verificationMethod).filter(isJsonObject);
  const keys: NamedKey[] = [];
  for (const entry of listOf(document.assertionMethod)) {
    const method = isJsonObject(entry) ? entry : methods.find(({ id }) => fullName(id, did) === fullName(entry, did));
    const name = method === undefined ? undefined : fullName(method.id, did);
    const key = method === undefined ? undefined : methodKey(method);
    if (name !== undefined && key !== undefined) keys.push({ name, key });
  }
  return keys;
}

/** Relative names are relative to the document (DID Core 1.0 section 3.2.2). */
export function fullName(id: unknown, did: string): string | undefined {
  if (typeof id !== 'string') return undefined;
  if (id.startsWith('did:')) return id;
  return id.startsWith('#') ? did + id : `${did}#${id}`;
}

function methodKey(method: JsonObject): PublicJwk | undefined {
  if (method.publicKeyJwk !== undefined) return usableKey(() => method.publicKeyJwk);
  return typeof method.publicKeyMultibase === 'string' ? multikey(method.publicKeyMultibase) : undefined;
}

/** A key for verifying, or undefined: one key of another kind in a document does not spoil the others. */
export function usableKey(read: () => unknown): PublicJwk | undefined {
  try {
    const jwk = read();
    if (!isJsonObject(jwk) || (jwk.use !== undefined && jwk.use !== 'sig')) return undefined;
    return parsePublicJwk(jwk);
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_KEYS) : [];
}

/** Most keys read of one document. */
export const MAX_KEYS = 100;

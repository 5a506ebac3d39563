import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  BOUND,
  disclose,
  makeCredential,
  NONCE,
  NOW,
  type Sample,
  sha256,
} from '../../test/sample-credential.ts';
import { judgeKeyBinding, type KeyBindingRequest } from './key-binding.ts';
import { parseCredential } from './parsed-credential.ts';

const name = disclose('given_name', 'Ada');
const born = disclose('birthdate', '1815-12-10');
const PAYLOAD = { ...BOUND, _sd: [sha256(name), sha256(born)] };
const REQUEST: KeyBindingRequest = { nonce: NONCE, audience: AUDIENCE, now: NOW, maxAgeS: 300, skewS: 60 };

function judged(keyBinding: Sample['keyBinding'], request: Partial<KeyBindingRequest> = {}) {
  const text = makeCredential({ payload: PAYLOAD, disclosures: [name], ...(keyBinding ? { keyBinding } : {}) });
  return judgedText(text, request);
}

function judgedText(text: string, request: Partial<KeyBindingRequest> = {}) {
  const parsed = parseCredential(text);
  if (!parsed.ok) throw new Error(parsed.detail);
  return judgeKeyBinding(parsed, { ...REQUEST, ...request });
}

describe('a key binding', () => {
  it('holds when it was made now, for this verifier, over exactly this presentation', () => {
    expect(judged({})).toEqual([]);
  });

  it('is missed when the holder left it out', () => {
    expect(judged(undefined)).toEqual(['holder.kb_missing']);
  });

  it('is not another JWT that the holder signed', () => {
    expect(judged({ header: { typ: 'openid4vci-proof+jwt' } })).toEqual(['holder.typ']);
    expect(judged({ header: { typ: undefined } })).toEqual(['holder.typ']);
  });

  it('is not replayed to another request or another verifier', () => {
    expect(judged({}, { nonce: 'nonce-of-another-request' })).toEqual(['holder.nonce']);
    expect(judged({}, { audience: 'x509_hash:another' })).toEqual(['holder.audience']);
    expect(judged({ payload: { nonce: `${NONCE} ` } })).toEqual(['holder.nonce']);
  });

  it('is not moved to other disclosures of the same credential', () => {
    const text = makeCredential({ payload: PAYLOAD, disclosures: [name], keyBinding: {} });
    const more = text.replace(`~${name}~`, `~${name}~${born}~`);
    const less = text.replace(`~${name}~`, '~');
    expect(judgedText(more)).toEqual(['holder.sd_hash']);
    expect(judgedText(less)).toEqual(['holder.sd_hash']);
    expect(judged({ payload: { sd_hash: sha256('') } })).toEqual(['holder.sd_hash']);
  });

  it('covers the text up to and including the last tilde, and not one character less', () => {
    const signed = makeCredential({ payload: PAYLOAD, disclosures: [name] });
    expect(judged({ payload: { sd_hash: sha256(signed.slice(0, -1)) } })).toEqual(['holder.sd_hash']);
  });

  it('is stale past the life of a request and the skew, to the second', () => {
    expect(judged({ payload: { iat: NOW - 360 } })).toEqual([]);
    expect(judged({ payload: { iat: NOW - 361 } })).toEqual(['holder.stale']);
    expect(judged({ payload: { exp: NOW + 1 } })).toEqual([]);
    expect(judged({ payload: { exp: NOW } })).toEqual(['holder.stale']);
  });

  it('may come from a clock that is ahead by the skew, to the second', () => {
    expect(judged({ payload: { iat: NOW + 60 } })).toEqual([]);
    expect(judged({ payload: { iat: NOW + 61 } })).toEqual(['holder.future']);
    expect(judged({ payload: { nbf: NOW + 60 } })).toEqual([]);
    expect(judged({ payload: { nbf: NOW + 61 } })).toEqual(['holder.future']);
  });

  it('names everything that is wrong with it, not the first thing', () => {
    const payload = { nonce: 'x', aud: 'y', sd_hash: 'z', iat: NOW - 5000 };
    const all = ['holder.typ', 'holder.nonce', 'holder.audience', 'holder.sd_hash', 'holder.stale'];
    expect(judged({ header: { typ: 'x' }, payload })).toEqual(all);
  });
});

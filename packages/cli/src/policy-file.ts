import { CodedError, encodeBase64, parseBase64, parseJson } from '@holdfast/core';
import { type Policy, parsePolicy } from '@holdfast/verifier';
import { FILE_BOUNDS, readBounded } from './bounded-file.ts';

const DEADLINE_MS = 5000;

/** Trusts nobody beside its network; this machine may be asked, because that is where people try things. */
export function defaultPolicy(): Policy {
  return parsePolicy({ id: 'nobody', allowLoopback: true });
}

/** A policy file, certificates, or the certificates that a Holdfast network vouches for. */
export async function readPolicy(trust: string): Promise<Policy> {
  const isUrl = /^https?:\/\//.test(trust);
  const text = isUrl ? await fetchAnchors(trust) : await readBounded(trust);
  if (text.trimStart().startsWith('{')) return parsePolicy(parseJson(text, FILE_BOUNDS));
  const anchors = [...text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)].map(
    ([, body = '']) => encodeBase64(parseBase64(body.replace(/\s/g, ''))),
  );
  if (anchors.length === 0) {
    throw new CodedError('usage.trust', `${trust} has neither certificates (PEM) nor a policy (JSON).`);
  }
  return parsePolicy({ id: trust, anchors, allowLoopback: true });
}

async function fetchAnchors(origin: string): Promise<string> {
  try {
    const response = await fetch(new URL('/trust/anchors.pem', origin), {
      signal: AbortSignal.timeout(DEADLINE_MS),
      redirect: 'error',
    });
    const text = await response.text();
    if (response.ok && text.length <= FILE_BOUNDS.maxLength) return text;
  } catch (cause) {
    throw new CodedError('network.unreachable', `No Holdfast network answers at ${origin}.`, {}, cause);
  }
  throw new CodedError('network.answer', `${origin} does not say which certificates it vouches for.`);
}

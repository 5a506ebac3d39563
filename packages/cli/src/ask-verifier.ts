import { CodedError, isJsonObject, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import { createNetworkClient } from './network-client.ts';

/** The verdict of a running verifier, as it signed it. */
export async function askVerifier(
  text: string,
  asked: { readonly url: string; readonly verifier: string; readonly nonce?: string; readonly audience?: string },
): Promise<{ readonly verdict: Verdict; readonly durationMs: number; readonly id: string }> {
  const { url, verifier, nonce, audience } = asked;
  const body = {
    ...(text.split('~').length > 2 && /~[^~]+\.[^~]+\.[^~]+$/.test(text)
      ? { presentation: text }
      : { credential: text }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
  };
  const answer = await createNetworkClient({ url }).post(`/v/${encodeURIComponent(verifier)}/verify`, body);
  if (!isJsonObject(answer) || typeof answer.signed !== 'string') {
    throw new CodedError('network.answer', `${verifier} did not answer with a signed verdict.`);
  }
  const { verdict, durationMs, jti: id } = parseVerdictEnvelope(answer.signed).envelope;
  return { verdict, durationMs, id };
}

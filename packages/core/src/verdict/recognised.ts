import type { Credential } from '../credential/parsed-credential.ts';
import { type Assurance, isAtLeast } from '../rulebook/rulebook.ts';
import type { Recognition } from '../trust/recognition.ts';
import type { Evidence, IssuerKey } from './evidence.ts';
import { TICK_MS } from './verdict.ts';

/** On what terms another network's word on this credential counts here, or the code of why it does not. */
export type RecognisedTerms =
  | {
      readonly ok: true;
      /** The type here that it counts as. */
      readonly as: string;
      /** The lower of what its own network says of the issuer and what ours takes at most. */
      readonly assurance: Assurance | undefined;
      /** Unix milliseconds at which the recognition ends. */
      readonly until: number;
    }
  | { readonly ok: false; readonly why: string };

type Typed = Pick<Credential, 'vct'>;
type Asked = { readonly evidence: Evidence; readonly tick: number };

/** Undefined where the issuer is not known through another network. */
export function recognisedTerms(parsed: Typed, { evidence, tick }: Asked): RecognisedTerms | undefined {
  const { issuerKey, network, recognised } = evidence;
  if (issuerKey?.source !== 'recognised') return undefined;
  const record = recognised === undefined ? undefined : network?.recognitions?.get(recognised.name);
  // Without our own network's word there is none: it is what recognises.
  if (record === undefined || network === undefined) return { ok: false, why: 'recognition.none' };
  const { recognition } = record;
  if (recognised?.network?.position.log !== recognition.log.origin) {
    return { ok: false, why: 'recognition.log_mismatch' };
  }
  if (isOver(recognition, Math.max(network.position.time, tick * TICK_MS))) {
    return { ok: false, why: 'recognition.ended' };
  }
  const type = recognition.types.find((entry) => entry.type === parsed.vct);
  if (type === undefined) return { ok: false, why: 'recognition.type_not_recognised' };
  return { ok: true, as: type.as, assurance: lower(issuerKey, type.maxAssurance), until: recognition.until };
}

/** The type here that a credential counts as: its own, or the one that the recognition of its network names. */
export function recognisedType(parsed: Typed, { issuerKey, network, recognised }: Evidence): string {
  if (issuerKey?.source !== 'recognised' || recognised === undefined) return parsed.vct;
  const types = network?.recognitions?.get(recognised.name)?.recognition.types ?? [];
  return types.find(({ type }) => type === parsed.vct)?.as ?? parsed.vct;
}

/**
 * The end is known in advance, so whoever has not read on keeps it too: by the network's time or by the verdict's tick,
 * whichever is later.
 */
function isOver({ types, until }: Recognition, time: number): boolean {
  return types.length === 0 || until <= time;
}

function lower({ assurance }: IssuerKey, most: Assurance): Assurance | undefined {
  if (assurance === undefined) return undefined;
  return isAtLeast(assurance, most) ? most : assurance;
}

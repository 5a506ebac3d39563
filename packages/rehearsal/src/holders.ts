import {
  type Assurance,
  type Basis,
  createCredentialDraft,
  createPresentationDraft,
  encodeCredential,
  encodePresentation,
  encodeUtf8,
  entropyForCredential,
  type Outcome,
  type PublicJwk,
  TICK_MS,
  thumbprint,
} from '@holdfast/core';
import type { IdealSignatures } from './ideal-signatures.ts';
import type { LogTruth } from './log-truth.ts';
import type { Random } from './random.ts';
import { alterText } from './wire.ts';

export const ISSUER = 'https://rehearsal.test/i/civic';
export const LIST = 'https://rehearsal.test/status/civic/1';
export const RESIDENCE = 'https://rehearsal.test/vct/civic/residence/1';

/** Where a network of real roles is, and whose credentials its holders have. */
export type NetworkPlace = {
  /** Of its log. */
  readonly origin: string;
  readonly issuer: string;
  readonly list: string;
  readonly type: string;
  readonly assurance: Assurance;
};

export const CIVIC: NetworkPlace = {
  origin: 'rehearsal.test/log',
  ...{ issuer: ISSUER, list: LIST, type: RESIDENCE, assurance: 'substantial' },
};

export type Holder = {
  readonly index: number;
  readonly key: PublicJwk;
  readonly credential: string;
  /** The network's first when absent. */
  readonly list?: string;
  /** Unix seconds. */
  readonly exp: number;
  /** The latest honest presentation: what somebody may have recorded. */
  recorded: string | undefined;
};

/** What the issuer role handed to somebody who asked for it under faults. */
export type IssuedCredential = {
  /** How the oracles call it. */
  readonly name: string;
  /** The office's word for the person. */
  readonly label: string;
  readonly credential: string;
  readonly list: string;
  readonly index: number;
  /** Unix seconds. */
  readonly exp: number;
};

/** What a presentation is. All but the first are somebody's attack. */
export const PRESENTATIONS = ['honest', 'forged', 'altered', 'replayed', 'borrowed'] as const;
export type PresentationKind = (typeof PRESENTATIONS)[number];

const YEAR_S = 31_536_000;

export type Issuing = {
  readonly place: NetworkPlace;
  readonly signatures: IdealSignatures;
  readonly random: Random;
  readonly issuerKey: PublicJwk;
  /** Position of the list's opening. */
  readonly opened: { readonly log: string; readonly size: number };
  readonly now: number;
};

/** One in ten holds a credential that ends within the first half hour. */
export function createHolders(issuing: Issuing, count: number): Holder[] {
  return Array.from({ length: count }, (_, index) => {
    const { signatures, random, now } = issuing;
    const nowS = Math.floor(now / 1000);
    const exp = index % 10 === 7 ? nowS + 60 + random.below(1740) : nowS + YEAR_S;
    const key = signatures.createKey('ES256');
    return { index, key, exp, credential: issue(issuing, { index, key, exp }), recorded: undefined };
  });
}

function issue(
  { place, signatures, random, issuerKey, opened, now }: Issuing,
  { index, key, exp }: Pick<Holder, 'index' | 'key' | 'exp'>,
): string {
  const draft = createCredentialDraft({
    header: { alg: 'ES256', kid: thumbprint(issuerKey) },
    claims: {
      ...{ iss: place.issuer, vct: place.type, iat: Math.floor(now / 1000), exp },
      ...{ given_name: `Holder ${index}`, resident_id: `${100_000 + index}` },
    },
    disclosable: ['given_name', 'resident_id'],
    holderKey: key,
    status: { uri: place.list, index },
    network: opened,
    salts: random.bytes(entropyForCredential(2)),
  });
  const signature = signatures.sign(issuerKey, encodeUtf8(draft.signingInput));
  return encodeCredential(draft.signingInput, signature, draft.disclosures);
}

export type Asked = { readonly nonce: string; readonly audience: string; readonly now: number };

/** Undefined when there is nothing yet to replay. */
export function presentAs(
  kind: PresentationKind,
  holder: Holder,
  asked: Asked,
  { signatures, random }: Pick<Issuing, 'signatures' | 'random'>,
): string | undefined {
  switch (kind) {
    case 'honest':
      holder.recorded = bind(holder.credential, holder.key, asked, signatures);
      return holder.recorded;
    case 'forged': {
      // Somebody without the issuer's key signs the same words.
      const [jwt = '', ...rest] = holder.credential.split('~');
      const signature = Buffer.from(random.bytes(64)).toString('base64url');
      const forged = [`${jwt.slice(0, jwt.lastIndexOf('.'))}.${signature}`, ...rest].join('~');
      return bind(forged, holder.key, asked, signatures);
    }
    case 'altered': {
      const text = bind(holder.credential, holder.key, asked, signatures);
      const parts = text.split('~');
      // Not the last letter: its low bits may mean nothing, and the text is refused as malformed all the same.
      const at = random.below(parts.length);
      return parts.map((part, i) => (i === at ? alterText(part, random) : part)).join('~');
    }
    case 'replayed':
      return holder.recorded;
    case 'borrowed':
      return random.chance(0.5)
        ? holder.credential
        : bind(holder.credential, signatures.createKey('ES256'), asked, signatures);
    default:
      return kind satisfies never;
  }
}

function bind(credential: string, key: PublicJwk, { nonce, audience, now }: Asked, signatures: IdealSignatures) {
  const request = { nonce, audience, iat: Math.floor(now / 1000) };
  const draft = createPresentationDraft(credential, ['given_name'], request);
  return encodePresentation(draft, signatures.sign(key, encodeUtf8(draft.signingInput)));
}

/** The right answer about an honest presentation, from the log's own bytes and the credential's own dates. */
export function outcomeOf(
  { list = LIST, index, exp }: { readonly list?: string; readonly index: number; readonly exp: number },
  truth: LogTruth,
  basis: Basis,
): Outcome {
  const status = truth.statusAt(list, index, basis);
  if (status !== 'valid') return status;
  return exp <= (basis.tick * TICK_MS) / 1000 ? 'expired' : 'valid';
}

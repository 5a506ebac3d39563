import {
  type Checkpoint,
  encodeCheckpoint,
  encodeJws,
  encodeNote,
  encodeSigningInput,
  encodeUtf8,
  noteMessage,
  type PublicJwk,
  STATEMENT_TYP,
  thumbprint,
} from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';
import type { LogSigner } from './log-keys.ts';

type Signing = {
  readonly signer: Pick<Signer, 'sign'>;
  /** The signer's name for the key. */
  readonly name: string;
  readonly key: PublicJwk;
};

/** A statement as it goes into the log: compact JWS, ES256. */
export async function signStatement(body: object, { signer, name, key }: Signing): Promise<string> {
  const signingInput = encodeSigningInput({ alg: 'ES256', kid: thumbprint(key), typ: STATEMENT_TYP }, body);
  return encodeJws(signingInput, await signer.sign(name, encodeUtf8(signingInput)));
}

/** A checkpoint as a signed note (C2SP tlog-checkpoint), with a line of each of these keys of the log. */
export async function signCheckpoint(
  checkpoint: Omit<Checkpoint, 'extensions'>,
  signer: Pick<Signer, 'sign'>,
  keys: readonly LogSigner[],
): Promise<string> {
  const text = encodeCheckpoint({ ...checkpoint, extensions: [] });
  const message = noteMessage(text);
  const signatures = await Promise.all(
    keys.map(async ({ name, vkey }) => ({
      name: vkey.name,
      keyId: vkey.keyId,
      signature: await signer.sign(name, message),
    })),
  );
  return encodeNote({ text, signatures });
}

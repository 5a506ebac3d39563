import { X509Certificate } from 'node:crypto';
import { CodedError, issuingKeys, type NetworkView, type PublicJwk, thumbprint } from '@holdfast/core';
import type { TenantConfig } from './config.ts';
import type { IssuerSigner, PreparedKeys } from './neighbours.ts';

/** A key that this issuer can sign credentials and their lists by. */
export type CredentialKey = {
  /** The signer's name for it. */
  readonly name: string;
  readonly key: Extract<PublicJwk, { kty: 'EC' }>;
  /** Its thumbprint. */
  readonly kid: string;
  /** Leaf first, then intermediates. */
  readonly x5c: readonly string[];
  /** Unix milliseconds at which its certificate ends: nothing that it signs is good for longer. */
  readonly certifiedUntilMs: number;
};

/** Prepared keys of one tenant that are looked at; further ones are nobody's until some of these are put away. */
const MAX_PREPARED = 32;

/** The credential keys of one tenant: the one it was started with, and those that were prepared for it since. */
export class CredentialKeys {
  readonly first: CredentialKey;
  readonly #config: TenantConfig;
  readonly #signer: IssuerSigner;
  readonly #prepared: PreparedKeys | undefined;
  #held: readonly CredentialKey[];

  /** For `openCredentialKeys`. */
  constructor(first: CredentialKey, config: TenantConfig, signer: IssuerSigner, prepared: PreparedKeys | undefined) {
    this.first = first;
    this.#config = config;
    this.#signer = signer;
    this.#prepared = prepared;
    this.#held = [first];
  }

  find(kid: string): CredentialKey | undefined {
    return this.#held.find((held) => held.kid === kid);
  }

  /** Held, and in force in what was read of the network: the newest first. A network that was not read lets nobody sign. */
  inForce(view: NetworkView | undefined, issuer: string): readonly CredentialKey[] {
    if (view === undefined) return [];
    const named = issuingKeys(view.parties.get(issuer), view.position.time);
    return named.flatMap((kid) => this.find(kid) ?? []);
  }

  /** Looks again which there are: somebody may have prepared one, here or in another process with the same keys. */
  async refresh(): Promise<void> {
    if (this.#prepared === undefined) return;
    const found = (await this.#prepared.read(this.#config)).slice(0, MAX_PREPARED);
    const held = await Promise.all(
      found.map(({ name, x5c }) => {
        const known = this.#held.find((one) => one.name === name && one.x5c.join() === x5c.join());
        return known ?? openKey(this.#signer, this.#config, name, x5c);
      }),
    );
    this.#held = [this.first, ...held.filter(({ kid }) => kid !== this.first.kid)];
  }

  /**
   * A key for officers to name: one that was prepared and that nobody has named yet, else a new one. Throws
   * `issuer.keys-unprepared` where none can be made, and what making one throws.
   */
  async prepare(isNamed: (kid: string) => boolean): Promise<CredentialKey> {
    if (this.#prepared === undefined) {
      throw new CodedError('issuer.keys-unprepared', 'This issuer makes no keys: it was given those that it has.');
    }
    const { name } = await this.#prepared.prepare(this.#config, (key) => isNamed(thumbprint(key)));
    await this.refresh();
    const made = this.#held.find((held) => held.name === name);
    if (made !== undefined) return made;
    throw new CodedError(
      'issuer.keys-unprepared',
      `The key ${name} was made, and this issuer holds too many to use it.`,
    );
  }
}

/** Throws `issuer.key-unsupported` when the signer's credential key is not a P-256 key. */
export async function openCredentialKeys(
  config: TenantConfig,
  signer: IssuerSigner,
  prepared: PreparedKeys | undefined,
): Promise<CredentialKeys> {
  const keys = new CredentialKeys(
    await openKey(signer, config, config.credentialKey, config.x5c),
    config,
    signer,
    prepared,
  );
  await keys.refresh();
  return keys;
}

async function openKey(
  signer: IssuerSigner,
  { id }: TenantConfig,
  name: string,
  x5c: readonly string[],
): Promise<CredentialKey> {
  const key = await signer.readPublicKey(name);
  if (key.kty !== 'EC') {
    throw new CodedError('issuer.key-unsupported', `Credentials of ${id} are signed with a P-256 key.`);
  }
  return { name, key, kid: thumbprint(key), x5c, certifiedUntilMs: endOfCertificate(x5c[0] ?? '') };
}

/** What is no certificate does not end: whoever configured it was told so when it was read, or rehearses without any. */
export function endOfCertificate(base64: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

import {
  CodedError,
  encodeJws,
  encodeUtf8,
  type Party,
  type PartyKey,
  type PublicJwk,
  signingKeys,
  thumbprint,
} from '@holdfast/core';
import type { Signer } from '../ports/signer.ts';
import { furtherNames, nextName } from './key-names.ts';

/** A key that a role holds. */
export type RoleKey = {
  /** The signer's name for it. */
  readonly name: string;
  readonly key: PublicJwk;
  /** Its thumbprint. */
  readonly kid: string;
};

/** How the keys of a role stand to what the log says, as far as it was read. */
export type RoleKeysStanding = {
  /** What it signs by now; absent where nothing that it holds is in force. */
  readonly inUse?: RoleKey;
  readonly held: readonly RoleKey[];
  /** Held, and named by nobody yet. */
  readonly prepared: readonly RoleKey[];
  /** Thumbprint of the key that the log names last and that is not held here. */
  readonly missing?: string;
};

/** The keys by which a role speaks for its party: which of them signs now is what officers have put in the log. */
export interface RoleKeys extends Pick<Signer, 'sign'> {
  readonly party: string;
  readonly use: PartyKey['use'];
  /** What is signed now is signed by it. Throws `key.not-held` where the log names keys and none that is in force is held. */
  current(): Promise<RoleKey>;
  /** What signs now, as far as keys were looked for. */
  peek(): RoleKey | undefined;
  /** Whether what this key signs counts from now on, as far as the log was read. */
  isInForce(kid: string): boolean;
  /** A key for officers to name: the one that was prepared and that nobody has named, else a new one. Throws `key.too-many`. */
  prepare(): Promise<RoleKey>;
  /** Looks again which keys there are. */
  read(): Promise<RoleKeysStanding>;
}

export type RoleKeysPorts = {
  /** Without `readNames` and `create` it holds the first key and no other. */
  readonly signer: Pick<Signer, 'readPublicKey' | 'sign'> & Partial<Pick<Signer, 'readNames' | 'create'>>;
  /** Of the first key. Further ones are `NAME-2`, `NAME-3`, and so on. */
  readonly name: string;
  readonly party: string;
  readonly use: PartyKey['use'];
  readonly named: () => NamedKeys;
};

/** Which keys of one use of a party are known to others, by their thumbprints. */
export type NamedKeys = {
  /** Those in force, the newest first. */
  readonly inForce: readonly string[];
  /** All that were ever named, ended and stolen ones too. None: then the first key that is held signs. */
  readonly all: readonly string[];
  /** Grows with what was read: a key that is missing is looked for once in each. */
  readonly asOf: number;
};

/** What the log says of them, as far as it was read. */
export function namedInLog(
  party: string,
  use: PartyKey['use'],
  state: () => { readonly parties: Pick<ReadonlyMap<string, Party>, 'get'>; readonly time: number },
): () => NamedKeys {
  return () => {
    const { parties, time } = state();
    const entry = parties.get(party);
    const all = entry?.keys.filter((key) => key.use === use).map(({ key }) => thumbprint(key)) ?? [];
    return { inForce: signingKeys(entry, use, time), all, asOf: time };
  };
}

/** Where nobody says anything of them. */
export const NAMED_NOWHERE: NamedKeys = { inForce: [], all: [], asOf: 0 };

/** Keys of one role that are looked at; further ones are nobody's until some are put away. */
export const MAX_ROLE_KEYS = 32;

/**
 * A role signs by the last key of its party's entry that it holds and that is in force: last in the entry, not youngest in the
 * folder, so that everybody who reads the log knows which key is meant. A key that is prepared is nothing until officers name
 * it. Where the log names none of this use, as before the party is accredited, it is the first key.
 */
export function createRoleKeys({ signer, name, party, use, named }: RoleKeysPorts): RoleKeys {
  let held: readonly RoleKey[] = [];
  /** When a missing key was last looked for: another process may have made it. */
  let lookedAt: number | undefined;

  async function look(): Promise<readonly RoleKey[]> {
    const further = furtherNames(name, (await signer.readNames?.()) ?? []).slice(0, MAX_ROLE_KEYS - 1);
    const known = new Map(held.map((one) => [one.name, one]));
    held = await Promise.all([name, ...further].map((one) => known.get(one) ?? open(signer, one)));
    return held;
  }

  function find({ all, inForce }: NamedKeys): RoleKey | undefined {
    if (all.length === 0) return held[0];
    for (const kid of inForce) {
      const found = held.find((one) => one.kid === kid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    party,
    use,
    sign: (keyName, data) => signer.sign(keyName, data),
    isInForce: (kid) => named().all.length === 0 || named().inForce.includes(kid),
    peek: () => find(named()),
    async current() {
      if (held.length === 0) await look();
      const known = named();
      const isMissing = known.inForce[0] !== undefined && find(known)?.kid !== known.inForce[0];
      if (isMissing && lookedAt !== known.asOf) {
        lookedAt = known.asOf;
        await look();
      }
      const found = find(known);
      if (found !== undefined) return found;
      throw new CodedError('key.not-held', `No key of ${party} that the log has in force for this is held here.`, {
        party,
        use,
      });
    },
    async prepare() {
      const { create } = signer;
      const last = (await look()).slice(1).at(-1);
      if (last !== undefined && !named().all.includes(last.kid)) return last;
      if (create === undefined || held.length >= MAX_ROLE_KEYS) {
        throw new CodedError('key.too-many', `${party} holds as many keys of this kind as it may.`, { party, use });
      }
      await create(
        nextName(
          name,
          held.map((one) => one.name),
        ),
        'ES256',
      );
      const made = (await look()).at(-1);
      if (made !== undefined) return made;
      throw new CodedError('key.unknown', `The key that was made for ${party} is not there.`, { party });
    },
    async read() {
      await look();
      const known = named();
      const inUse = find(known);
      const [newest] = known.inForce;
      return {
        ...(inUse === undefined ? {} : { inUse }),
        held,
        prepared: held.slice(1).filter(({ kid }) => !known.all.includes(kid)),
        ...(newest === undefined || inUse?.kid === newest ? {} : { missing: newest }),
      };
    },
  };
}

async function open(signer: RoleKeysPorts['signer'], name: string): Promise<RoleKey> {
  const key = await signer.readPublicKey(name);
  return { name, key, kid: thumbprint(key) };
}

/** A compact JWS by the key that signs now; `inputBy`: its signing input under that key. Throws as `current`. */
export async function signBy(keys: RoleKeys, inputBy: (key: RoleKey) => string): Promise<string> {
  const key = await keys.current();
  const input = inputBy(key);
  return encodeJws(input, await keys.sign(key.name, encodeUtf8(input)));
}

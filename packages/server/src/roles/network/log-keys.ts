import {
  CodedError,
  checkpointVkeys,
  encodeVkey,
  isCodedError,
  type LogTerms,
  type NetworkState,
  parseVkey,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';

/** The signer's names for the keys of the log's notes (Ed25519): the first, then `log-2`, `log-3`, as they were made. */
export const LOG_KEY = 'log';

/** A key of the log that the signer holds. */
export type LogSigner = { readonly name: string; readonly vkey: Vkey };

/** The signer's name for the key with this vkey; undefined when it does not hold it. */
export async function findLogKey(signer: Signer, vkey: string): Promise<LogSigner | undefined> {
  const origin = originOf(vkey);
  if (origin === undefined) return undefined;
  const held = await readLogKeys(signer, origin);
  return held.find((key) => encodeVkey(key.vkey) === vkey);
}

function originOf(vkey: string): string | undefined {
  try {
    return parseVkey(vkey).name;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

/** In the order in which they were made. */
async function readLogKeys(signer: Signer, origin: string): Promise<LogSigner[]> {
  const names = (await signer.readNames()).filter((name) => placeOf(name) > 0).sort((a, b) => placeOf(a) - placeOf(b));
  return Promise.all(names.map(async (name) => ({ name, vkey: vkeyOf(origin, await signer.readPublicKey(name)) })));
}

/** 1 for the first, and so on; 0 for what is no key of the log. */
function placeOf(name: string): number {
  const [, place] = /^log-([1-9][0-9]{0,5})$/.exec(name) ?? [];
  return name === LOG_KEY ? 1 : Number(place ?? 0);
}

/**
 * Who signs a checkpoint at this time of the log: the key in force, then for an overlap the one before it, unless that is
 * gone. Throws `network.other-keys` when the signer does not hold the key in force.
 */
export async function checkpointSigners(signer: Signer, log: LogTerms, timeMs: number): Promise<LogSigner[]> {
  const held = await Promise.all(checkpointVkeys(log, timeMs).map((vkey) => findLogKey(signer, vkey)));
  if (held[0] === undefined) throw otherKeys();
  return held.filter((key) => key !== undefined);
}

/**
 * A key that no rulebook of this log has named yet, to name it in the next: made now, or by an earlier call that nothing
 * came of.
 */
export async function createNextLogKey(signer: Signer, { rulebook, scheduled }: NetworkState): Promise<Vkey> {
  const terms = [...(rulebook === undefined ? [] : [rulebook]), ...scheduled].map(({ body }) => body.log);
  const [origin] = terms.map((log) => log.origin);
  if (origin === undefined) throw new CodedError('network.starting', 'This network is still starting.');
  const used = new Set(
    terms.flatMap(({ vkey, previous, compromised = [] }) => [
      vkey,
      ...(previous === undefined ? [] : [previous.vkey]),
      ...compromised.map((key) => key.vkey),
    ]),
  );
  const held = await readLogKeys(signer, origin);
  const last = held.at(-1);
  // Keys come into force in the order in which they are made: only the last can be unused.
  if (last !== undefined && !used.has(encodeVkey(last.vkey))) return last.vkey;
  const place = last === undefined ? 1 : placeOf(last.name) + 1;
  return vkeyOf(origin, await signer.create(place === 1 ? LOG_KEY : `log-${place}`, 'EdDSA'));
}

export function otherKeys(): CodedError {
  return new CodedError('network.other-keys', 'The keys of this network are not those that its rulebook names.');
}

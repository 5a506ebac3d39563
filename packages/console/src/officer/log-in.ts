import type { OfficerLogin } from '@holdfast/core';
import { ask } from '../api/ask.ts';
import type { Session } from '../api/queries.ts';
import { type OfficerKey, signLogin } from './officer-key.ts';

const DOOR = '/console-session/officer';

/** Opens a session by an officer's key: the server's challenge, signed for this address and the network of the key. */
export async function logInAsOfficer(key: OfficerKey): Promise<Session> {
  const { nonce } = await ask<OfficerLogin>(DOOR);
  const login = await signLogin(key, { nonce, origin: location.origin });
  return ask<Session>(DOOR, 'POST', { login });
}

import { createHash, createHmac } from 'node:crypto';
import { CodedError, type NetworkState, officerWithKey, parseLogin, signatureCheck } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { createChallenges } from '../../presenting/challenges.ts';
import type { Operator } from '../operators.ts';
import type { OfficerSession } from './console-sessions.ts';

export type OfficerLoginPorts = {
  /** The network as this process has read it. */
  readonly state: () => Readonly<NetworkState>;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly entropy: Entropy;
  /** The key that challenges are made from: every process of the origin believes those of another, also after a restart. */
  readonly adminKey: string;
  readonly origin: string;
  /** True the first time for this id, in every process of this data folder; to be remembered until then. */
  readonly use: (id: string, until: number) => Promise<boolean>;
};

/** What an officer signs to log in: these three, and what it is for. */
export type LoginChallenge = {
  readonly nonce: string;
  readonly network: string;
  readonly origin: string;
};

export type OfficerLogins = {
  /** Costs nothing to keep. Throws `console.unread` before anything of the log was read. */
  challenge(): Promise<LoginChallenge>;
  /**
   * Who has signed this log-in. Throws `login.malformed | other-place | challenge | signature`, `console.no-officer`,
   * `console.unread`, or the code of what reads a JWS.
   */
  verify(text: string): Promise<{ readonly operator: Operator; readonly session: OfficerSession }>;
};

/** How long a challenge is good for: no longer than it takes to press the button. */
export const LOGIN_CHALLENGE_TTL_MS = 120_000;
/** Who is an officer was read this long ago: then a session of theirs only sees. */
export const OFFICERS_STALE_MS = 600_000;
const SESSION_ID_BYTES = 16;

/** Logging in by the key of an officer whom the log has in force, as far as this process has read it. */
export function createOfficerLogins(ports: OfficerLoginPorts): OfficerLogins {
  const { state, engine, clock, origin } = ports;
  const challenges = challengesOf(ports);
  const networkNow = () => {
    const { name } = state();
    if (name !== '') return name;
    throw new CodedError('console.unread', 'Nothing of the log was read here yet: who is an officer is not known.');
  };
  return {
    challenge: async () => ({ nonce: (await challenges.create()).nonce, network: networkNow(), origin }),
    async verify(text) {
      const { jws, kid, login } = parseLogin(text);
      if (login.network !== networkNow() || login.origin !== origin) {
        throw new CodedError('login.other-place', `This log-in is for another place or network than ${origin}.`);
      }
      if (!(await challenges.isCurrent(login.nonce))) throw over('is over, or was not given out here');
      const officer = officerWithKey(state(), kid);
      const operator = operatorWithKey(state(), kid, clock.now());
      if (officer === undefined || operator === undefined) {
        throw new CodedError('console.no-officer', 'This is the key of no officer whom the log has in force now.');
      }
      const [holds] = await engine.verify([signatureCheck(jws, officer.key)]);
      if (holds !== true) throw new CodedError('login.signature', 'The signature of this log-in is wrong.');
      const id = sessionIdOf(login.nonce);
      if (!(await ports.use(id, endOf(login.nonce)))) throw over('was answered before');
      return { operator, session: { kid, id } };
    },
  };
}

/**
 * The operator whom an officer's key amounts to: what officers sign they draft, read and discuss first, whatever their role.
 * Never an admin: who holds keys to the doors is decided by whoever runs the process. On old evidence they only look.
 */
export function operatorWithKey(state: Readonly<NetworkState>, kid: string, now: number): Operator | undefined {
  const found = officerWithKey(state, kid);
  if (found === undefined) return undefined;
  return { name: found.officer, role: now - state.time > OFFICERS_STALE_MS ? 'viewer' : 'operator' };
}

function challengesOf({ clock, entropy, adminKey, origin }: OfficerLoginPorts) {
  const key = createHmac('sha256', adminKey).update('holdfast officer challenge').digest();
  const pseudonym = async (body: string, purpose: string) =>
    createHmac('sha256', key).update(`${origin} ${purpose} ${body}`).digest('base64url');
  return createChallenges(
    { clock, entropy, sealer: { pseudonym }, audience: origin, ttlMs: LOGIN_CHALLENGE_TTL_MS },
    'officer-login',
  );
}

/** Looked at by `isCurrent` before: it begins with its end. */
function endOf(nonce: string): number {
  return Number(nonce.split('.')[0]);
}

/** A process that does not know that it was answered elsewhere makes no second session of it. */
function sessionIdOf(nonce: string): string {
  return createHash('sha256').update(nonce).digest().subarray(0, SESSION_ID_BYTES).toString('base64url');
}

function over(why: string): CodedError {
  return new CodedError('login.challenge', `The challenge of this log-in ${why}: press the button again.`);
}

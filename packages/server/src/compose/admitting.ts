import { createHash } from 'node:crypto';
import {
  digestOfDecision,
  isCodedError,
  type NetworkState,
  officerApprovals,
  parseApproval,
  parseStatement,
  statementChecks,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { type Door, openDoor } from '../http/admission/door.ts';
import type { OperatorKeys } from '../http/operators.ts';
import { admissionTermsOf, doorBoundsOf } from './bounds.ts';
import type { Platform } from './platform.ts';

export type Admitting = {
  readonly platform: Pick<Platform, 'clock' | 'engine' | 'bounds'>;
  readonly adminKey: string;
  /** Who counts as an operator: by the key, or by a session that it opened. */
  readonly operators: OperatorKeys;
  /** The network as it is folded here, where officers are told apart and programs have their windows. */
  readonly state?: () => Readonly<NetworkState>;
};

/**
 * Opens the door of a process, before anything else is added to its app. All processes with one operator's key give one
 * cohort and one slot to the same asker.
 */
export function admitRequests(app: FastifyInstance, { platform, adminKey, operators, state }: Admitting): Door {
  const { clock, engine } = platform;
  return openDoor(app, {
    clock,
    operators,
    secret: createHash('sha256').update(`admission ${adminKey}`).digest(),
    ...(state === undefined
      ? {}
      : {
          isOfficersWord: (body: unknown) => isOfficersWord(body, state(), engine),
          closesAt: (program: string) => state().programs.get(program)?.program.window.closesAt,
        }),
    terms: admissionTermsOf(platform),
    bounds: doorBoundsOf(platform),
  });
}

/**
 * Whether an officer in force has signed this, under a digest that was not decided by: what stands in the log already anybody
 * can send again. What is no approval, and what names nobody's key, costs no verification.
 */
export async function isOfficersWord(
  body: unknown,
  state: Readonly<NetworkState>,
  engine: SignatureEngine,
): Promise<boolean> {
  const { approval: text, statements } = (body ?? {}) as { readonly approval?: unknown; readonly statements?: unknown };
  if (Array.isArray(statements)) return isNewDecision(statements, state, engine);
  if (typeof text !== 'string') return false;
  try {
    const { digest } = parseApproval(text);
    if (state.decided.has(digest)) return false;
    const [found] = officerApprovals(state, { approvals: [text] }, digest);
    return found !== undefined && (await engine.verify([found.check]))[0] === true;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

/** Statements looked at for a decision among them: it comes with what carries it out. */
const MAX_LOOKED_AT = 16;

/** A decision that the governor has signed and no log holds yet, on its way from a governor in another process. */
async function isNewDecision(
  statements: readonly unknown[],
  state: Readonly<NetworkState>,
  engine: SignatureEngine,
): Promise<boolean> {
  for (const text of statements.slice(0, MAX_LOOKED_AT)) {
    const parse = typeof text === 'string' ? parseStatement(text) : undefined;
    if (parse?.ok !== true || parse.statement.body.type !== 'decision') continue;
    if (state.decided.has(digestOfDecision(parse.statement.body, state.name))) return false;
    const [own] = statementChecks(state, parse);
    return own !== undefined && (await engine.verify([own]))[0] === true;
  }
  return false;
}

import { CodedError, MAX_STATEMENT_BYTES, type StatementParse } from '@holdfast/core';

/** The network's no to the statement at this place of an append, with the fold's reason. Repeating it is of no use. */
export function refusedStatement(at: number, why: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('statement.refused', `The log does not accept this statement: ${why}.`, {
    at,
    why,
    ...details,
  });
}

/** Refuses at the door what no state could accept. */
export function assertOutsiders(parse: StatementParse, at: number): void {
  if (!parse.ok) throw refusedStatement(at, 'unparsed', { malformed: parse.why, maxBytes: MAX_STATEMENT_BYTES });
  // Only the network mints epochs, with the checkpoint that belongs to each.
  if (parse.statement.body.type === 'epoch') throw refusedStatement(at, 'unauthorised');
}

/** The fold does not know whether it has seen such a statement before; of all others it does. */
export function isUnknown(parse: StatementParse): boolean {
  return parse.ok && parse.statement.body.type === 'unknown';
}

const PROMPT: ReadonlySet<string> = new Set(['decision', 'list', 'supersede', 'intake', 'seal', 'reveal', 'draw']);

/** Whether somebody waits for the next epoch because of it. */
export function isWaitedFor(parse: StatementParse): boolean {
  if (!parse.ok) return false;
  const { body } = parse.statement;
  // Of a case what officers have signed: a hold is as urgent as a suspension. A complaint waits, or strangers would set the pace.
  return PROMPT.has(body.type) || (body.type === 'case' && 'approvals' in body.step);
}

import {
  type CheckFinding,
  CodedError,
  encodeSigningInput,
  isCodedError,
  type Jws,
  parseJws,
  parseVerdictEnvelope,
  VERDICT_TYP,
} from '@holdfast/core';

export const CHECK_TYP = 'check+jwt';

/** Who says what of which credential, as a signed statement has it; not verified. */
export type CheckStatement = {
  readonly jws: Jws;
  readonly issuer: string;
  /** base64url SHA-256 of what the credential's issuer signed. */
  readonly credential: string;
  /** Results by the id of the check. A signed verdict may have several. */
  readonly results: ReadonlyMap<string, { readonly result: 'passed' | 'failed'; readonly asOf: number }>;
};

/** Characters of one signed statement. */
export const MAX_STATEMENT_LENGTH = 65_536;

/** The bytes to sign for one result: header `typ: check+jwt`, payload `{iss, iat, check, credential, result, asOf}`. */
export function checkSigningInput(
  by: { readonly alg: string; readonly kid: string; readonly iss: string; readonly iat: number },
  said: {
    readonly check: string;
    readonly credential: string;
    readonly result: 'passed' | 'failed';
    readonly asOf: number;
  },
): string {
  const { alg, kid, ...rest } = by;
  return encodeSigningInput({ alg, kid, typ: CHECK_TYP }, { ...rest, ...said });
}

/**
 * Reads a check result (`check+jwt`) or a signed verdict (`verdict+jwt`) without verifying it. Throws
 * `check.answer-invalid`, whatever was wrong with it.
 */
export function parseCheckStatement(text: string): CheckStatement {
  if (text.length > MAX_STATEMENT_LENGTH) throw unreadable();
  try {
    const jws = parseJws(text);
    return jws.header.typ === VERDICT_TYP ? readVerdict(text) : readResult(jws);
  } catch (cause) {
    throw isCodedError(cause) && cause.code === 'check.answer-invalid' ? cause : unreadable(cause);
  }
}

function readResult(jws: Jws): CheckStatement {
  const { iss, check, credential, result, asOf } = jws.payload;
  const isShaped =
    jws.header.typ === CHECK_TYP &&
    typeof iss === 'string' &&
    typeof check === 'string' &&
    typeof credential === 'string' &&
    isResult(result) &&
    isMoment(asOf);
  if (!isShaped) throw unreadable();
  return { jws, issuer: iss, credential, results: new Map([[check, { result, asOf }]]) };
}

/** What a verdict says of external checks: the results that it lists, as old as its basis says. */
function readVerdict(text: string): CheckStatement {
  const { jws, envelope } = parseVerdictEnvelope(text);
  const { checks, basis } = envelope.verdict;
  if (basis.credential === undefined) throw unreadable();
  const results = new Map<string, { readonly result: 'passed' | 'failed'; readonly asOf: number }>();
  for (const { id, asOf } of basis.checks ?? []) {
    const listed = checks.find(({ name }) => name === `check:${id}`);
    if (listed === undefined || !isMoment(asOf)) continue;
    // Silence and results too old are no word of that party's about the credential.
    if (listed.result === 'passed') results.set(id, { result: 'passed', asOf });
    if (listed.result === 'failed' && listed.why === 'check.failed') results.set(id, { result: 'failed', asOf });
  }
  return { jws, issuer: envelope.iss, credential: basis.credential, results };
}

export function isResult(value: unknown): value is Extract<CheckFinding, { ok: true }>['result'] {
  return value === 'passed' || value === 'failed';
}

export function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unreadable(cause?: unknown): CodedError {
  return new CodedError(
    'check.answer-invalid',
    'This is no signed result of a check, and no signed verdict.',
    {},
    cause,
  );
}

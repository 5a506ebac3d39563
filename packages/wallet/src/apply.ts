import {
  type Application,
  applicationDigest,
  applicationNonce,
  CodedError,
  type Destination,
  destinationSchema,
  encodeBase64url,
  isJsonObject,
  type Program,
  parseAcknowledgement,
  parseQuery,
  programDigest,
  sha256Base64url,
} from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import {
  applyChoice,
  type Choice,
  chooseFirst,
  createPresentation,
  createQuestion,
  type Question,
} from './answering.ts';
import { fetchBounded, fetchJson, parseAnswer } from './bounded-fetch.ts';
import type { WalletPorts } from './wallet-ports.ts';

export type ApplyOptions = {
  /** Where the money is to go, in its canonical spelling: the holder's signature covers it. */
  readonly destination: Destination;
  /** Minor units: the most that is wanted, where a program asks. */
  readonly want?: string;
  /** Digest of the program as the holder has read it elsewhere; another one is refused. */
  readonly program?: string;
  /** Asks the holder what to show; the first candidate by default. */
  readonly choose?: (question: Question) => Choice | Promise<Choice>;
};

/** Everything that an applicant has to keep to check the outcome, and to send it again. */
export type PreparedApplication = {
  readonly url: string;
  readonly application: Application;
  readonly presentation: string;
};

export type AcknowledgedApplication = PreparedApplication & {
  /** Digest of the application: its name in the program. */
  readonly digest: string;
  /** The distributor's signed acceptance, compact JWS. */
  readonly acknowledgement: string;
  /** The applicant's own page, where there is one: whoever has this address sees it. */
  readonly me?: string;
};

const SALT_BYTES = 16;

/**
 * Makes an application to the program at this address: destination first, then the presentation that is bound to it. Nothing
 * is sent. Throws `wallet.program` for a program that is not what its digest says or not the one expected,
 * `wallet.no-credential`, `wallet.choice`, and what fetching throws.
 */
export async function prepareApplication(
  ports: WalletPorts,
  url: string,
  { destination, want, program: expected, choose = chooseFirst }: ApplyOptions,
): Promise<PreparedApplication> {
  const { program, digest } = readProgram(await fetchJson(ports, url), expected);
  const salt = encodeBase64url(ports.entropy.bytes(SALT_BYTES));
  const asked = { v: 1 as const, program: digest, destination: destinationSchema.parse(destination), salt };
  const application: Application = want === undefined ? asked : { ...asked, want };
  const presentation = await showFor(ports, { program, digest, application }, choose);
  return { url, application, presentation };
}

/**
 * Shows what has come in the place of the credential that an application was made with: for the same application, from what
 * this wallet holds now. Throws `wallet.refused` with the distributor's code and retry, and as `prepareApplication` does.
 */
export async function succeedApplication(
  ports: WalletPorts,
  { url, application, presentation }: PreparedApplication,
  choose: ApplyOptions['choose'] = chooseFirst,
): Promise<void> {
  const { program } = readProgram(await fetchJson(ports, url), application.program);
  const newer = await showFor(ports, { program, digest: application.program, application }, choose);
  const digest = applicationDigest(application, sha256Base64url(presentation));
  const { status, text } = await fetchBounded(ports, `${url}/applications/${digest}/successor`, {
    ...{ method: 'POST', repeats: 'keyed', tells: true },
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ presentation: newer }),
  });
  const answer = parseAnswer(ports, url, text);
  if (status !== 200) throw refused(status, answer);
}

type Shown = { readonly program: Program; readonly digest: string; readonly application: Application };

/** A presentation of what answers the program's query, bound to the application. */
async function showFor(
  ports: WalletPorts,
  { program, digest, application }: Shown,
  choose: NonNullable<ApplyOptions['choose']>,
): Promise<string> {
  const asker = { clientId: program.organiser, fingerprint: digest, name: program.title };
  const question = await createQuestion(ports, parseQuery(program.query), asker);
  const choice = question === undefined ? undefined : await choose(question);
  const [shown] = question === undefined || choice === undefined ? [] : applyChoice(question, choice);
  if (shown === undefined) {
    throw new CodedError('wallet.no-credential', 'Nothing in this wallet answers what the program asks for.');
  }
  const binding = { nonce: applicationNonce(application), clientId: program.organiser };
  const presentation = await createPresentation(ports, binding, shown.candidate);
  const { credential } = shown.candidate;
  await ports.store.append([{ ...credential, uses: credential.uses + 1 }]);
  return presentation;
}

function readProgram(
  answer: { readonly [member: string]: unknown },
  expected?: string,
): { program: Program; digest: string } {
  const program = parseProgram(answer.program);
  const digest = programDigest(program);
  if (digest === answer.digest && (expected === undefined || digest === expected)) return { program, digest };
  throw new CodedError('wallet.program', 'The rules that this address gives are not those that were expected.', {
    digest,
  });
}

/**
 * Sends an application, or sends it again: the same one has the same answer for ever. Throws `wallet.refused` with the
 * distributor's code and retry, `wallet.acknowledgement` for an acceptance of something else, and what fetching throws;
 * after those it may have arrived, and is sent again.
 */
export async function sendApplication(
  ports: WalletPorts,
  prepared: PreparedApplication,
): Promise<AcknowledgedApplication> {
  const { url, application, presentation } = prepared;
  const { status, text } = await fetchBounded(ports, `${url}/applications`, {
    ...{ method: 'POST', repeats: 'keyed', tells: true },
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ application, presentation }),
  });
  const answer = parseAnswer(ports, url, text);
  if (status !== 200 && status !== 201) throw refused(status, answer);
  const digest = applicationDigest(application, sha256Base64url(presentation));
  const { acknowledgement } = answer;
  if (typeof acknowledgement === 'string' && isFor(acknowledgement, application.program, digest)) {
    return { ...prepared, digest, acknowledgement, ...pageOf(answer.me, url) };
  }
  throw new CodedError('wallet.acknowledgement', 'The answer is no acceptance of this application.');
}

/** A page of another site would be somebody's who collects such addresses. */
function pageOf(me: unknown, url: string): { readonly me?: string } {
  if (typeof me !== 'string' || !/^\/me\/[A-Za-z0-9_-]{1,100}$/.test(me)) return {};
  return { me: new URL(me, url).href };
}

function isFor(text: string, program: string, digest: string): boolean {
  const { acknowledgement } = parseAcknowledgement(text);
  return acknowledgement.program === program && acknowledgement.application === digest;
}

function refused(status: number, problem: unknown): CodedError {
  const { code, detail, details } = isJsonObject(problem) ? problem : {};
  const { notBefore } = isJsonObject(details) ? details : {};
  const sentence = typeof detail === 'string' ? detail.slice(0, 300) : 'The application was not accepted.';
  return new CodedError('wallet.refused', sentence, {
    status,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof notBefore === 'number' ? { notBefore } : {}),
  });
}

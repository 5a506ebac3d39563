import {
  type Acknowledgement,
  type Application,
  acknowledgementSigningInput,
  algorithmOf,
  applicationDigest,
  applicationNonce,
  CodedError,
  type Credential,
  canonicalJson,
  encodeBase64url,
  encodePersonCode,
  isCodedError,
  type ProgramRecord,
  parseApplication,
  parseBase64url,
  parseCredential,
  personCodeDigest,
  phaseOf,
  signatureCheck,
  thumbprint,
  versionsFor,
} from '@holdfast/core';
import { signBy } from '../../role-keys/role-keys.ts';
import { SILENT } from '../../seeing/signals.ts';
import { createAcceptQueue } from './accept-queue.ts';
import type { DistributorBounds, DistributorConfig } from './config.ts';
import type { IntakePace } from './intake-pace.ts';
import { sealApplication } from './kept-application.ts';
import type { Leaving } from './leaving.ts';
import type { DistributorPorts } from './neighbours.ts';
import type { Programs } from './programs.ts';
import { isProved } from './proved.ts';
import { createRecentAnswers } from './recent-answers.ts';

/** What a person sends in: the application as it was when the holder signed its nonce, and the presentation. */
export type ApplyRequest = {
  readonly application: unknown;
  readonly presentation: string;
  /** Who at the desk applies for somebody; it stands in the acknowledgement. */
  readonly by?: string;
};

export type Accepted = {
  /** Digest of the application: its name in this program. */
  readonly application: string;
  /** The signed acceptance, compact JWS. */
  readonly acknowledgement: string;
  /** Opens its applicant's own page (`/me/…`); the same again to whoever sends the same again. */
  readonly code: string;
  /** It had been accepted before, and this is the same answer again. */
  readonly isRepeat: boolean;
};

export interface Accepting {
  /**
   * Takes one application: the same work for everybody, nobody asked, and no signature looked at unless its key has applied
   * `MAX_PER_HOLDER` times or half of the places are taken: the other half is for credentials whose issuer's and holder's
   * signatures hold, so that garbage never takes it. Whoever has the answer holds the distributor to it. Throws `program.*` and `application.*`;
   * then nothing was kept.
   */
  apply(program: string, request: ApplyRequest): Promise<Accepted>;
}

type AcceptingParts = {
  readonly programs: Programs;
  readonly leaving: Pick<Leaving, 'assertReachable'>;
  readonly pace: Pick<IntakePace, 'placeOf'>;
};

const SALT_BYTES = 16;

export function createAccepting(
  ports: DistributorPorts,
  config: DistributorConfig,
  bounds: DistributorBounds,
  { programs, leaving, pace }: AcceptingParts,
): Accepting {
  const { clock, entropy, engine, keys, sealer, store, destinations, signals = SILENT } = ports;
  const queue = createAcceptQueue(store, bounds, clock, ports.arrived);
  const recent = createRecentAnswers<Accepted>(bounds.maxRecent);

  async function acknowledge(acknowledgement: Acknowledgement): Promise<string> {
    return signBy(keys, ({ key, kid }) => acknowledgementSigningInput(acknowledgement, algorithmOf(key), kid));
  }

  /** Follows from the application, so that only its digest has to be kept; nobody without our key can make it. */
  async function codeOf(program: string, application: string): Promise<string> {
    const secret = await sealer.pseudonym(canonicalJson([program, application]), 'application-code');
    return encodePersonCode('application', parseBase64url(secret));
  }

  async function isSigned({ keyBinding }: Sent): Promise<boolean> {
    const [isGenuine] = await engine.verify([signatureCheck(keyBinding.jws, keyBinding.key)]);
    return isGenuine === true;
  }

  async function readRepeat(program: string, application: string): Promise<Accepted | undefined> {
    const kept = await store.read(program, application);
    if (kept === undefined) return undefined;
    return {
      application,
      acknowledgement: kept.acknowledgement,
      code: await codeOf(program, application),
      isRepeat: true,
    };
  }

  async function keep(record: ProgramRecord, sent: Sent, digest: string): Promise<Accepted> {
    const { program } = record;
    const receivedAt = clock.now();
    const salt = encodeBase64url(entropy.bytes(SALT_BYTES));
    const place = { program: program.id, application: digest };
    const promised = await pace.placeOf(record);
    const [code, acknowledgement, sealed] = await Promise.all([
      codeOf(program.id, digest),
      acknowledge({
        iss: config.id,
        iat: Math.floor(receivedAt / 1000),
        program: record.digest,
        application: digest,
        salt,
        intakeBy: program.window.closesAt + program.intakeWithinMs,
        ...promised,
        ...(sent.by === undefined ? {} : { by: sent.by }),
      }),
      sealApplication(sealer, place, { application: sent.application, presentation: sent.presentation }),
    ]);
    const { maxApplications } = program;
    const holder = thumbprint(sent.keyBinding.key);
    const untested = Math.ceil(maxApplications / 2);
    const kept = { ...place, holder, receivedAt, salt, sealed, acknowledgement, code: personCodeDigest(code) };
    const application = { ...kept, maxApplications: untested };
    const first = await queue.accept(application);
    const isPressed = first.answer === 'full';
    if (isPressed && !(await isProved(ports, program, sent.credential))) throw unproved();
    const most = { ...application, maxApplications: isPressed ? maxApplications : untested };
    const second = isPressed ? await queue.accept(most) : first;
    // Anybody can name somebody's key in a credential of nobody: they use up what is taken on its word, not what it signs.
    const isHeldUp = second.answer === 'holder-full' && (await isSigned(sent));
    const last = isHeldUp ? await queue.accept({ ...most, holder: `${holder}.signed` }) : second;
    if ('acknowledgement' in last) {
      const { answer, acknowledgement: answered } = last;
      return { application: digest, acknowledgement: answered, code, isRepeat: answer === 'repeat' };
    }
    throw notKept(last.answer, record);
  }

  /** Whoever applied while other rules were in force is told so however often they ask; nobody else applies by those. */
  async function acknowledgedBefore(record: ProgramRecord, digest: string): Promise<Accepted> {
    const repeat = await readRepeat(record.program.id, digest);
    if (repeat !== undefined) return repeat;
    throw otherRules(record);
  }

  async function apply(id: string, { application: asked, presentation, by }: ApplyRequest): Promise<Accepted> {
    const record = programs.require(id);
    const sent = readSent(asked, presentation, bounds.maxPresentationLength);
    assertForProgram(sent, record, config.id);
    if (sent.application.program !== record.digest) {
      return acknowledgedBefore(record, applicationDigest(sent.application, sent.presentedDigest));
    }
    assertDestination(sent.application, record, destinations);
    // Nobody is taken in whom nobody could pay.
    leaving.assertReachable(record.program, sent.application.destination);
    // The holder has signed for the nonce of this application.
    const digest = applicationDigest(sent.application, sent.presentedDigest, sent.keyBinding.nonce);
    const phase = phaseOf(record, programs.now());
    if (phase === 'announced') {
      const { opensAt } = record.program.window;
      throw new CodedError('program.not-open', 'This program takes no applications yet.', { opensAt });
    }
    if (phase === 'open') {
      await programs.assertReady(record);
      const told = by === undefined ? sent : { ...sent, by };
      return recent.once(`${id} ${digest}`, () => keep(record, told, digest));
    }
    // Whoever was in time is told so however often they ask; whoever was not learns that, and not more.
    const repeat = await readRepeat(id, digest);
    if (repeat !== undefined) return repeat;
    throw notKept('closed', record);
  }

  return {
    async apply(id, request) {
      const sinceMs = clock.monotonic();
      try {
        const accepted = await apply(id, request);
        const again = accepted.isRepeat ? 'yes' : 'no';
        signals.applicationAcknowledged({ program: id, again, tookMs: clock.monotonic() - sinceMs });
        return accepted;
      } catch (error) {
        // Of a program that is not there only that much: its name is a stranger's text.
        const program = programs.list().some((one) => one.program.id === id) ? id : 'unknown';
        signals.applicationTurnedAway({ program, why: isCodedError(error) ? error.code : 'internal' });
        throw error;
      }
    },
  };
}

type Sent = {
  readonly application: Application;
  readonly presentation: string;
  readonly presentedDigest: string;
  readonly credential: Credential;
  readonly keyBinding: NonNullable<Credential['keyBinding']>;
  readonly by?: string;
};

function readSent(asked: unknown, presentation: string, maxLength: number): Sent {
  const application = parseApplication(asked);
  if (presentation.length > maxLength) {
    throw new CodedError('application.too-long', `A presentation here has at most ${maxLength} characters.`);
  }
  const parse = parseCredential(presentation);
  if (!parse.ok) {
    throw new CodedError('application.presentation', 'The presentation cannot be read.', { reason: parse.reason.code });
  }
  const { keyBinding, presentedDigest } = parse;
  if (keyBinding === undefined) {
    throw new CodedError('application.not-bound', 'The presentation carries no proof of the holder’s key.');
  }
  return { application, presentation, presentedDigest, credential: parse, keyBinding };
}

/**
 * The holder signed for one program and one destination. A presentation that was signed for another is somebody's who
 * swaps destinations, or carries what was shown elsewhere.
 */
function assertForProgram({ application, keyBinding }: Sent, record: ProgramRecord, audience: string): void {
  if (versionsFor(record, application.program) === undefined) throw otherRules(record);
  if (keyBinding.nonce !== applicationNonce(application)) {
    throw new CodedError(
      'application.nonce',
      'The holder signed for another application: for another destination, program or amount than it says.',
    );
  }
  if (keyBinding.audience !== audience) {
    throw new CodedError('application.audience', 'The holder signed for somebody else than this distributor.', {
      audience,
    });
  }
}

function otherRules({ digest: program }: ProgramRecord): CodedError {
  const sentence = 'This application is for other rules than this program has.';
  return new CodedError('application.other-program', sentence, { program });
}

function assertDestination(
  { destination }: Application,
  { program }: ProgramRecord,
  parser: DistributorPorts['destinations'],
): void {
  if (!program.destinations.includes(destination.kind)) {
    throw new CodedError('application.destination-kind', 'This program does not pay to destinations of this kind.', {
      accepted: program.destinations,
    });
  }
  const { destination: canonical } = parser.parse(destination);
  if (canonicalJson(canonical) !== canonicalJson(destination)) {
    throw new CodedError('application.destination-spelling', 'The destination is not in its one canonical spelling.');
  }
}

function unproved(): CodedError {
  return new CodedError(
    'application.unproved',
    'Half of the places are taken. The rest are for credentials whose issuer and holder have signed, by keys that are in the log.',
  );
}

function notKept(answer: 'closed' | 'full' | 'holder-full', { program }: ProgramRecord): CodedError {
  switch (answer) {
    case 'closed':
      return new CodedError('program.closed', 'The time to apply to this program is over.', {
        closesAt: program.window.closesAt,
      });
    case 'full':
      return new CodedError('program.full', 'This program has taken as many applications as it announced.', {
        maxApplications: program.maxApplications,
      });
    case 'holder-full':
      return new CodedError('application.holder-full', 'This key has applied to this program often enough.');
    default:
      return answer satisfies never;
  }
}

import {
  type CaseAct,
  type CaseMatter,
  type CaseRecord,
  CodedError,
  canonicalJson,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type ManualRate,
  manualRate,
  officersWhoMay,
  quorumOf,
  saltedRoot,
  sha256,
  thumbprint,
  trackOf,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { CaseStore, KeptFile, KeptStep } from '../../../ports/case-store.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Entropy } from '../../../ports/entropy.ts';
import type { Network } from '../../../ports/network.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import { type Challenge, type Challenges, createChallenges } from '../../../presenting/challenges.ts';
import type { Signals } from '../../../seeing/signals.ts';
import type { GovernorFollower, GovernorSigner } from '../neighbours.ts';
import { GOVERNOR_KEY, signStatement } from '../statements.ts';
import { openingAct, type Respondent, type Response, responseAct } from './acts.ts';
import { type CaseFiles, createCaseFiles, type OpenedFile } from './case-files.ts';
import { CaseRecorder } from './case-recorder.ts';
import {
  assertOwn,
  assertVouched,
  isTarget,
  lookedAtMs,
  openAbout,
  requestDigest,
  sameRequest,
  withDecision,
} from './case-requests.ts';
import { type CaseView, type IncidentView, viewCase, viewIncident } from './case-view.ts';
import { codeDigest, type Filer, type Filing, filerByHolding, filerOf, handleOf, type KnownFiler } from './filing.ts';
import { type IncidentAccount, recordAccount } from './incident-account.ts';
import { caseMatter } from './own-matter.ts';
import { draftStep, type StepDraft, type StepView, verifyStepApproval, viewStep } from './steps.ts';

export type CaseDeskPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: GovernorSigner;
  readonly store: CaseStore;
  readonly sealer: Sealer;
  readonly network: Pick<Network, 'append'>;
  readonly follower: GovernorFollower;
  readonly engine: SignatureEngine;
  /** What people sign a challenge for: this governor's address. */
  readonly audience: string;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

export type CaseDeskBounds = {
  /** Filings of one person in a day; more are refused with the time at which the next is taken. */
  readonly maxFilingsPerDay: number;
  /** The same for a party: its machines meet with as many matters as it has people. */
  readonly maxPartyFilingsPerDay: number;
  /** How long an answer waits for the log before it says that it is under way. */
  readonly recordWaitMs: number;
};

export const DEFAULT_CASE_BOUNDS: CaseDeskBounds = {
  maxFilingsPerDay: 5,
  maxPartyFilingsPerDay: 1_000,
  recordWaitMs: 3_000,
};

/** The signed word that something was filed: it is kept, and somebody owns it by then. */
export type CaseAcknowledgement = {
  readonly case: string;
  /** Opens what only whoever filed may see; shown once, kept as a digest. */
  readonly code: string;
  /** JWS (typ `case-acknowledgement+jwt`) by the governor over the case, the statement's digest and these times. */
  readonly acknowledgement: string;
  readonly filedAt: number;
  /** By then somebody has looked at it, or it has passed to the steward by itself. */
  readonly promisedBy: number;
};

/** What whoever filed sees besides the public view: their own words, while they are kept. */
export type OwnCase = { readonly view: CaseView | undefined; readonly filed: readonly OpenedFile[] };

const DAY_MS = 86_400_000;
const ID_BYTES = 16;

/**
 * Takes complaints, keeps what is private of them, and carries everybody's steps into the log; the course of a case is the
 * log's. All calls throw `case.unknown` for a case that the log does not have.
 */
export interface CaseDesk extends AsyncDisposable {
  start(): Promise<void>;
  challenge(): Promise<Challenge>;
  /** Durable once answered. The same key and filing are answered with the same case. Throws `case.*`. */
  file(filing: Filing, filer: Filer, idempotencyKey: string): Promise<CaseAcknowledgement>;
  list(): readonly CaseView[];
  find(id: string): CaseView;
  incidents(): readonly IncidentView[];
  /** What is owed about an incident. Throws `incident.*`. */
  account(account: IncidentAccount): Promise<{ readonly entry: number }>;
  /** How much people decide by hand; undefined where the rulebook knows no cases. */
  manualRate(): ManualRate | undefined;
  own(code: string): Promise<OwnCase>;
  /** What whoever holds this code is told of their case; undefined when it opens none. */
  ownMatter(code: string): Promise<{ readonly case: string; readonly matter: CaseMatter } | undefined>;
  files(id: string): Promise<readonly OpenedFile[]>;
  /** The steps under way and done. */
  steps(id: string): Promise<readonly StepView[]>;
  respond(id: string, response: Response, by: Respondent, idempotencyKey: string): Promise<StepView>;
  /** Drafts a step for officers to sign. Throws `case.*` for what could never be. */
  propose(id: string, step: StepDraft, idempotencyKey: string): Promise<StepView>;
  /** Keeps an officer's approval; with the last one that it takes the step goes into the log. Throws `approval.*`. */
  approve(step: string, approval: string): Promise<StepView>;
  /** Removes what is sealed, and says of how many files. */
  erase(who: { readonly filer?: string; readonly subject?: string; readonly case?: string }): Promise<number>;
}

export function createCaseDesk(ports: CaseDeskPorts, bounds: Partial<CaseDeskBounds> = {}): CaseDesk {
  return new GovernorsDesk(ports, { ...DEFAULT_CASE_BOUNDS, ...bounds });
}

class GovernorsDesk implements CaseDesk {
  readonly #ports: CaseDeskPorts;
  readonly #bounds: CaseDeskBounds;
  readonly #recorder: CaseRecorder;
  readonly #files: CaseFiles;
  readonly #challenges: Challenges;

  constructor(ports: CaseDeskPorts, bounds: CaseDeskBounds) {
    this.#ports = ports;
    this.#bounds = bounds;
    this.#recorder = new CaseRecorder(ports);
    this.#files = createCaseFiles(ports);
    this.#challenges = createChallenges(ports, 'case-challenge');
  }

  async start(): Promise<void> {
    this.#recorder.wake();
  }

  challenge() {
    return this.#challenges.create();
  }

  async file(filing: Filing, filer: Filer, idempotencyKey: string): Promise<CaseAcknowledgement> {
    const { store, clock, sealer } = this.#ports;
    const who = await this.#identify(filer);
    const filedAt = clock.now();
    const subject = filing.subject ?? who.credential;
    if (subject === undefined)
      throw new CodedError('case.subject', 'Say what this is about: no credential was presented.');
    if ('presentation' in filer) assertOwn(filing, who);
    if ('vouched' in filer) assertVouched(filing, filer.subject);
    const name = await filerOf(sealer, who.name);
    const request = requestDigest({ filing, name });
    // The code follows from the key, so that a repeat gets the same one although only its digest is kept.
    const code = await sealer.pseudonym(canonicalJson([idempotencyKey, name]), 'case-code');
    const known = await store.readByKey(idempotencyKey);
    if (known !== undefined) {
      // Whose first answer was lost on its way from the store: it is kept, and nobody was told to carry it.
      this.#recorder.wake();
      return this.#acknowledge(sameRequest(known, request), code);
    }
    await this.#assertMayFile(filing, { name, isParty: 'party' in filer }, filedAt);
    const handle = await handleOf(sealer, subject);
    const id = await this.#caseFor(handle, subject);
    const leaves = this.#files.leavesOf(filing.statement, filing.evidence);
    const asked = withDecision(this.#ports.follower.state, filing, subject);
    const act = openingAct(asked, this.#isOpen(id), handle, saltedRoot(leaves));
    const step = this.#newStep(id, act, idempotencyKey, request);
    const statement = await this.#statement(id, act);
    const file = await this.#files.seal(step, { ...filing, subject: handle, filer: name, code, leaves });
    const kept = await store.create({ ...step, statement }, file);
    this.#ports.signals?.caseFiled({ class: filing.class });
    this.#recorder.wake();
    await this.#recorded();
    return this.#acknowledge(sameRequest(kept, request), code);
  }

  list(): readonly CaseView[] {
    const { state } = this.#ports.follower;
    return [...state.docket.cases.values()].map((record) => viewCase(record, state));
  }

  find(id: string): CaseView {
    return viewCase(this.#record(id), this.#ports.follower.state);
  }

  incidents(): readonly IncidentView[] {
    const { docket, time } = this.#ports.follower.state;
    return [...docket.incidents.values()].map((incident) => viewIncident(incident, time));
  }

  account(account: IncidentAccount) {
    return recordAccount(this.#ports, account);
  }

  manualRate(): ManualRate | undefined {
    return manualRate(this.#ports.follower.state);
  }

  async own(code: string): Promise<OwnCase> {
    const file = await this.#fileOf(code);
    const record = this.#ports.follower.state.docket.cases.get(file.case);
    const view = record === undefined ? undefined : viewCase(record, this.#ports.follower.state);
    return { view, filed: [await this.#files.open(file)] };
  }

  async ownMatter(code: string) {
    const { store, follower } = this.#ports;
    const file = await store.findFile(codeDigest(code));
    // What they said is erased: then the code opens nothing any more, also not that there was a case.
    if (file?.sealed === undefined) return undefined;
    const step = await store.read(file.step);
    const promisedBy = step === undefined ? file.filedAt : this.#promisedBy(step);
    return { case: file.case, matter: caseMatter(file, step, follower.state, promisedBy) };
  }

  async files(id: string): Promise<readonly OpenedFile[]> {
    const files = await this.#ports.store.readFiles(id);
    return Promise.all(files.map((file) => this.#files.open(file)));
  }

  async steps(id: string): Promise<readonly StepView[]> {
    const steps = await this.#ports.store.readOfCase(id);
    return steps.map((step) => viewStep(step, this.#ports.follower.state));
  }

  async respond(id: string, response: Response, by: Respondent, idempotencyKey: string): Promise<StepView> {
    const { store, follower } = this.#ports;
    const record = this.#record(id);
    const request = requestDigest({ id, response, by: 'code' in by || 'presentation' in by ? 'person' : by });
    const known = await store.readByKey(idempotencyKey);
    if (known !== undefined) {
      this.#recorder.wake();
      return viewStep(sameRequest(known, request), follower.state);
    }
    const name = await this.#assertMayRespond(record, response, by);
    const leaves = this.#files.leavesOf(response.statement ?? '', [], response.salt);
    const act = responseAct(response, saltedRoot(leaves), by);
    const step = this.#newStep(id, act, idempotencyKey, request);
    const { statement } = response;
    const of = { subject: record.subject, filer: await filerOf(this.#ports.sealer, name) };
    const file = statement === undefined ? undefined : await this.#files.seal(step, { ...of, statement, leaves });
    await store.create({ ...step, statement: await this.#statement(id, act) }, file);
    return this.#carried(step.id);
  }

  async propose(id: string, draft: StepDraft, idempotencyKey: string): Promise<StepView> {
    const { store, follower, entropy } = this.#ports;
    const request = requestDigest({ id, draft });
    const known = await store.readByKey(idempotencyKey);
    if (known !== undefined) return viewStep(sameRequest(known, request), follower.state);
    const record = this.#record(id);
    const { act, digest, reasons } = draftStep(follower.state, record, draft, entropy);
    const step = { ...this.#newStep(id, act, idempotencyKey, request), digest };
    const desk = { subject: record.subject, filer: 'desk' };
    const file =
      draft.act === 'find'
        ? await this.#files.seal(step, { ...desk, statement: draft.reasons, leaves: reasons })
        : undefined;
    return viewStep(sameRequest(await store.create(step, file), request), follower.state);
  }

  async approve(stepId: string, approval: string): Promise<StepView> {
    const { store, follower, engine, clock } = this.#ports;
    const step = await store.read(stepId);
    if (step === undefined) throw new CodedError('case.step', 'There is no step with this id.', { id: stepId });
    const officer = await verifyStepApproval(step, approval, { state: follower.state, engine });
    const kept = await store.approve(stepId, { officer, approval, at: clock.now() });
    if (kept === undefined) throw new CodedError('case.step', 'There is no step with this id.', { id: stepId });
    const record = this.#record(kept.case);
    const act = JSON.parse(kept.act) as CaseAct;
    const may = new Set(officersWhoMay(follower.state, record, act));
    const counting = kept.approvals.filter((each) => may.has(each.officer)).slice(0, 9);
    const isEnough = counting.length >= Math.max(1, quorumOf(record, act));
    if (!isEnough || kept.outcome !== undefined) return viewStep(kept, follower.state);
    const approved = { ...act, approvals: counting.map((each) => each.approval) } as CaseAct;
    await store.sign(stepId, await this.#statement(kept.case, approved));
    return this.#carried(stepId);
  }

  async erase(who: { readonly filer?: string; readonly subject?: string; readonly case?: string }): Promise<number> {
    return this.#ports.store.erase(who, 1000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recorder[Symbol.asyncDispose]();
  }

  #record(id: string): CaseRecord {
    const record = this.#ports.follower.state.docket.cases.get(id);
    if (record === undefined)
      throw new CodedError(
        'case.unknown',
        'There is no case with this id. One that was just filed is there with the next epoch.',
        { id },
      );
    return record;
  }

  #isOpen(id: string): boolean {
    const record = this.#ports.follower.state.docket.cases.get(id);
    return record !== undefined && record.stage !== 'final';
  }

  async #identify(filer: Filer): Promise<KnownFiler> {
    const { follower, engine, clock } = this.#ports;
    if ('operator' in filer) return { name: `desk ${filer.operator}` };
    if ('vouched' in filer) return { name: filer.vouched };
    if ('party' in filer) return { name: `party ${filer.party}` };
    const ports = { state: follower.state, engine, challenges: this.#challenges, now: clock.now() };
    return filerByHolding(filer.presentation, ports);
  }

  async #assertMayFile(filing: Filing, who: { name: string; isParty: boolean }, now: number): Promise<void> {
    const rules = this.#ports.follower.state.rulebook?.body.cases;
    const ask = { class: filing.class, subject: filing.about, remedy: filing.remedy };
    if (rules === undefined || trackOf(rules, ask) === undefined) {
      const detail = `The rulebook has no case about a ${filing.about} for the reason ${filing.class} that asks for ${filing.remedy}.`;
      throw new CodedError('case.rules', detail, ask);
    }
    const count = await this.#ports.store.countFiled(who.name, now - DAY_MS);
    const { maxFilingsPerDay, maxPartyFilingsPerDay } = this.#bounds;
    if (count < (who.isParty ? maxPartyFilingsPerDay : maxFilingsPerDay)) return;
    throw new CodedError('case.too-many', `${count} filings in one day are enough; the next is taken tomorrow.`, {
      notBefore: now + DAY_MS,
    });
  }

  /** The case that is open about this, or the next one: the same id for everybody who files before either is in the log. */
  async #caseFor(handle: string, subject: object): Promise<string> {
    const { sealer, follower } = this.#ports;
    const { docket } = follower.state;
    const open = docket.open.get(handle) ?? openAbout(follower.state, subject);
    if (open !== undefined) return open;
    const before = [...docket.cases.values()].filter((record) => record.subject === handle).length;
    // An id that begins with a hyphen could not be typed after a command: it would be taken for a flag.
    return (await sealer.pseudonym(`${handle} ${before}`, 'case-id')).slice(0, 22).replace(/^-/, '_');
  }

  #newStep(id: string, act: CaseAct, idempotencyKey: string, request: string) {
    const { entropy, clock } = this.#ports;
    const stepId = encodeBase64url(entropy.bytes(ID_BYTES));
    return {
      id: stepId,
      idempotencyKey,
      request,
      case: id,
      act: canonicalJson(act),
      digest: '',
      proposedAt: clock.now(),
    };
  }

  async #fileOf(code: string): Promise<KeptFile> {
    const file = await this.#ports.store.findFile(codeDigest(code));
    if (file === undefined) throw new CodedError('case.code', 'This code opens no case here.');
    return file;
  }

  #statement(id: string, step: CaseAct): Promise<string> {
    return signStatement({ type: 'case', v: 1, case: id, step }, this.#ports.signer);
  }

  async #acknowledge(kept: KeptStep, code: string): Promise<CaseAcknowledgement> {
    const { signer, follower } = this.#ports;
    const promisedBy = this.#promisedBy(kept);
    const statement = encodeBase64url(sha256(encodeUtf8(kept.statement ?? '')));
    const kid = thumbprint(await signer.readPublicKey(GOVERNOR_KEY));
    const header = { alg: 'ES256', kid, typ: 'case-acknowledgement+jwt' };
    const payload = { network: follower.state.name, case: kept.case, statement, filedAt: kept.proposedAt, promisedBy };
    const input = encodeSigningInput(header, payload);
    const acknowledgement = encodeJws(input, await signer.sign(GOVERNOR_KEY, encodeUtf8(input)));
    return { case: kept.case, code, acknowledgement, filedAt: kept.proposedAt, promisedBy };
  }

  /** Two ticks for the epoch that opens it: its clock begins there. */
  #promisedBy(kept: KeptStep): number {
    const { state } = this.#ports.follower;
    return kept.proposedAt + lookedAtMs(kept, state) + 2 * (state.rulebook?.body.tickMs ?? 0);
  }

  /** Who responds, by a name that only we make pseudonyms of. */
  async #assertMayRespond(record: CaseRecord, response: Response, by: Respondent): Promise<string> {
    if ('operator' in by && response.act !== 'withdraw') return `desk ${by.operator}`;
    if ('operator' in by) {
      throw new CodedError(
        'case.respondent',
        'A key of the desk takes nobody’s complaint back: whoever filed it has a code.',
      );
    }
    if ('signed' in by) {
      // The log verifies the signature of an answer by a party, and of nothing else: anybody could write one under the rest.
      const isParty = this.#ports.follower.state.parties.has(record.respondent ?? '');
      if (isParty && response.act === 'answer') return `party ${record.respondent}`;
      throw new CodedError('case.respondent', 'Only a party that is complained about signs, and only its answer.');
    }
    if ('code' in by) {
      const file = await this.#fileOf(by.code);
      const isTheirs = file.case === record.id && (response.act === 'appeal' || response.act === 'withdraw');
      if (isTheirs) return `filer ${file.filer}`;
      throw new CodedError('case.respondent', `Whoever filed a case may appeal or withdraw, not ${response.act}.`);
    }
    const who = await this.#identify({ presentation: by.presentation });
    const handle = who.credential === undefined ? undefined : await handleOf(this.#ports.sealer, who.credential);
    const isHolder = handle === record.subject || isTarget(record, who.credential);
    const mayAct = response.act === 'appeal' || (record.respondent === 'holder' && response.act !== 'withdraw');
    if (isHolder && mayAct) return who.name;
    throw new CodedError(
      'case.respondent',
      'This credential is not the one that the case is about, or it is not your turn.',
    );
  }

  async #carried(stepId: string): Promise<StepView> {
    this.#recorder.wake();
    await this.#recorded();
    const step = await this.#ports.store.read(stepId);
    if (step === undefined) throw new CodedError('case.step', 'There is no step with this id.', { id: stepId });
    return viewStep(step, this.#ports.follower.state);
  }

  /** Waits for the log, within bounds: the answer then says how far it has come. */
  async #recorded(): Promise<void> {
    const limit = new AbortController();
    const timer = new AbortController();
    const { clock } = this.#ports;
    const late = clock.sleep(this.#bounds.recordWaitMs, timer.signal).then(
      () => limit.abort(),
      () => undefined,
    );
    await this.#recorder.idle(limit.signal);
    timer.abort();
    await late;
  }
}

import { type Attributes, code, count, entry, handle, ms, name, type ValuesOf, word } from './attributes.ts';

/** `debug`: what happens all the time; `info`: what an operator may want to read; `warn`: to be looked at; `error`: at once. */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

export type EventKind = { readonly level: EventLevel; readonly sentence: string; readonly attributes: Attributes };

function event<const A extends Attributes>(level: EventLevel, sentence: string, attributes: A) {
  return { level, sentence, attributes };
}

const admissionClass = word('govern', 'settle', 'verify', 'apply', 'observe');
const outcome = word('invalid', 'revoked', 'suspended', 'expired', 'not-yet-valid', 'unknown', 'valid');

/**
 * Every business event of every role. One call of its function in `Signals` is one event of a span, one counter and one
 * line of the log; a member that is a duration is one histogram besides. Nothing is told that is not in this list.
 */
export const EVENTS = {
  // Issuer
  credentialOffered: event('info', 'A credential was offered.', { issuer: name, type: name }),
  credentialIssued: event('info', 'A credential was issued.', { issuer: name, type: name, copies: count, handle }),
  credentialReceipt: event('info', 'A wallet said how receiving went.', {
    issuer: name,
    outcome: word('accepted', 'failure', 'deleted'),
  }),
  credentialRefused: event('info', 'A credential was asked for and not given.', { issuer: name, why: code }),
  listPublished: event('debug', 'A status list was signed anew.', { issuer: name, size: entry }),
  successorsEnded: event('info', 'Credentials ended because what they replaced was revoked.', { issuer: name, count }),
  reinstatementOffered: event('info', 'Somebody revoked wrongly was offered another credential.', { issuer: name }),

  // Network
  statementsAppended: event('info', 'Statements are durable in the log.', { count, size: entry }),
  statementRefused: event('warn', 'Statements were refused by the rules.', { why: code }),
  epochMinted: event('debug', 'An epoch is durable.', { size: entry, entries: count }),
  witnessCosigned: event('debug', 'A witness has cosigned a checkpoint.', { witness: name, size: entry }),
  witnessFailed: event('warn', 'A witness has not cosigned.', { witness: name, why: code }),

  // Witness
  checkpointCosigned: event('debug', 'This witness has cosigned a checkpoint.', {}),
  checkpointRefused: event('info', 'This witness has not cosigned what it was asked to.', { why: code }),
  witnessTroubled: event('warn', 'This witness could not do its work, or has seen two histories.', { why: code }),

  // Following
  followerConnected: event('info', 'A follower has read its first epoch of this run.', { follower: name, size: entry }),
  epochFollowed: event('debug', 'A follower has read an epoch.', { follower: name, size: entry, lagMs: ms }),
  followerBehind: event('warn', 'A follower reads an epoch later than the network promises.', {
    follower: name,
    size: entry,
    lateMs: ms,
  }),
  followerWentOver: event('warn', 'A follower went over to the log that succeeds.', { follower: name }),
  decisionsTookEffect: event('info', 'Decisions have taken effect at a follower.', {
    follower: name,
    size: entry,
    count,
    afterMs: ms,
  }),
  feedAlarm: event('warn', 'A follower was shown something that it does not take.', { follower: name, why: code }),

  // Verifier
  verdictGiven: event('debug', 'A verdict was given.', {
    verifier: name,
    outcome,
    why: code,
    class: word('view', 'pay'),
    from: word('evidence', 'door'),
    tookMs: ms,
    ageMs: ms,
    parseMs: ms,
    evidenceMs: ms,
    signaturesMs: ms,
    judgeMs: ms,
    handle,
  }),
  verdictPromised: event('info', 'A verdict promised another one by a time.', { verifier: name }),
  verdictFollowed: event('info', 'A verdict that was promised was given.', { verifier: name }),
  verdictRefused: event('warn', 'No verdict could be given.', { verifier: name, why: code }),
  verdictConfirmed: event('debug', 'A verdict was judged again for a payment.', { verifier: name, outcome }),
  presentationAsked: event('debug', 'A presentation was asked for.', { verifier: name }),
  checkAnswered: event('debug', 'A check answered.', { verifier: name, check: name, tookMs: ms }),
  checkSilent: event('info', 'A check did not answer in its time.', { verifier: name, check: name }),

  // Governor
  decisionProposed: event('info', 'A decision was proposed.', { power: name, class: name, decision: handle }),
  decisionApproved: event('info', 'An officer has approved a decision.', { power: name, decision: handle }),
  decisionAuthorised: event('info', 'A decision has its approvals, and is signed for the log.', {
    power: name,
    afterMs: ms,
    decision: handle,
  }),
  decisionLogged: event('info', 'A decision stands in the log.', { power: name, entry, afterMs: ms, decision: handle }),
  decisionCosigned: event('info', 'Witnesses have confirmed a log with this decision.', {
    power: name,
    entry,
    afterMs: ms,
    decision: handle,
  }),
  decisionPublished: event('info', 'The list tokens of its issuer say what was decided.', {
    power: name,
    entry,
    afterMs: ms,
    decision: handle,
  }),
  decisionEffective: event('info', 'A verifier has read a decision.', {
    power: name,
    verifier: name,
    entry,
    afterMs: ms,
    decision: handle,
  }),
  decisionRefused: event('warn', 'The network refused a decision.', { power: name, why: code, decision: handle }),
  credentialDecided: event('debug', 'A decision is about a credential.', { power: name, entry, handle }),
  caseFiled: event('info', 'Somebody has filed a case, or joined one.', { class: name }),
  caseMoved: event('info', 'A step of a case stands in the log.', { step: name }),
  incidentsRecorded: event('warn', 'Incidents stand in the log.', { count }),

  // Distributor
  applicationAcknowledged: event('debug', 'An application was acknowledged.', {
    program: name,
    again: word('yes', 'no'),
    tookMs: ms,
  }),
  applicationTurnedAway: event('info', 'An application was not taken.', { program: name, why: code }),
  applicationsJudged: event('info', 'Applications were judged.', { program: name, count }),
  programTakenIn: event('info', 'The intake of a program stands in the log.', { program: name }),
  programSealed: event('info', 'The seal of a program stands in the log.', { program: name }),
  programDrawn: event('info', 'The draw of a program stands in the log.', { program: name }),
  programClosed: event('info', 'A program has ended and its rest went back.', { program: name }),
  paymentsReserved: event('info', 'Payments were set aside.', { program: name, count }),
  paymentsPosted: event('info', 'Payments were paid.', { program: name, count }),
  paymentsVoided: event('info', 'Payments that were set aside went back.', { program: name, count }),
  paymentsAnswered: event('info', 'A bank said what became of payments, or took some.', {
    taken: count,
    changed: count,
  }),
  programTroubled: event('warn', 'A step of a program failed and is tried again.', { program: name, why: code }),

  // Ledger
  transfersRecorded: event('debug', 'Transfers are durable in the ledger.', { recorded: count, refused: count }),
  reservesExpired: event('info', 'Reserves whose time was over went back.', { count }),

  // The door and what every part does
  requestAdmitted: event('debug', 'A request was let in.', { class: admissionClass }),
  requestShed: event('info', 'A request was told to come back.', { class: admissionClass, why: code }),
  requestAnswered: event('debug', 'A request was answered.', {
    class: admissionClass,
    status: word('1xx', '2xx', '3xx', '4xx', '5xx'),
    tookMs: ms,
  }),
  leaseTaken: event('info', 'A process has its turn.', { lease: name, fence: count }),
  leaseLost: event('info', 'A process gave up its turn.', { lease: name }),
  webhookTold: event('debug', 'A receiver took an event.', { owner: name, kind: name }),
  webhookFailed: event('info', 'A receiver did not take an event.', { owner: name, why: code }),
  personTold: event('info', 'People were told of changes.', { count }),
  personNotTold: event('warn', 'People could not be told.', { why: code, count }),
  personForgotten: event('info', 'Somebody was forgotten, by every part that answered.', { parts: count }),
  handlesOpened: event('warn', 'Handles of a credential were opened by a decision.', { role: name, entry, count }),
  channelAway: event('warn', 'Epochs do not go over the channel; they are read from the network.', {
    part: name,
    why: code,
  }),
  canaryFailed: event('error', 'A verifier answers otherwise than it must on what was made to test it.', {
    verifier: name,
    fault: name,
  }),
  networkNotFollowed: event('warn', 'Another network cannot be followed yet.', { verifier: name, why: code }),
  filingNotTaken: event('warn', 'The governor has not taken what was to be filed.', { why: code }),
  requestFailed: event('error', 'A request failed for what nobody had foreseen; the log has its cause.', {
    class: admissionClass,
  }),
  partTroubled: event('warn', 'A part could not go on, and tries again.', { part: name, why: code }),
  partRecovered: event('info', 'A part goes on again.', { part: name }),
  partStopped: event('error', 'A part has stopped for good: what it stands on is not what it believed.', {
    part: name,
    why: code,
  }),
  exportFailed: event('debug', 'What was to be told outside was not taken.', {
    signal: word('traces', 'metrics', 'logs'),
    count,
  }),
} as const satisfies Readonly<Record<string, EventKind>>;

export type EventName = keyof typeof EVENTS;
export type EventValues<Name extends EventName> = ValuesOf<(typeof EVENTS)[Name]['attributes']>;

/** `decisionTookEffect` -> `decision.took-effect`. */
export function dottedName(event: EventName): string {
  const [area = '', ...rest] = event.split(/(?=[A-Z])/).map((part) => part.toLowerCase());
  return `${area}.${rest.join('-')}`;
}

import {
  encodeUtf8,
  isCodedError,
  isInLog,
  type Jws,
  keysInForce,
  leafHash,
  type Party,
  type PublicJwk,
  parseAcceptance,
  parseAcknowledgement,
  parseJws,
  parseTlogProof,
  parseVerdictEnvelope,
  signatureCheck,
  thumbprint,
} from '@holdfast/core';
import { checkFraudProof, logKeyOf, openCheckpoint } from '@holdfast/verifier';
import type { ReadNetwork } from './network.ts';

/** What was found, for whoever pasted it. */
export type Finding = {
  readonly kind: 'credential' | 'verdict' | 'acknowledgement' | 'acceptance' | 'proof' | 'unknown';
  readonly mood: 'good' | 'waiting' | 'bad';
  readonly title: string;
  readonly lines: readonly (readonly [title: string, words: string])[];
  /** Codes of reasons, whose words are elsewhere. */
  readonly reasons?: readonly string[];
};

/** Longer than anything that is read here. */
export const MAX_CHECKED = 2_000_000;

/** Tells what the text is by its shape, and checks it by what this browser has read of the network. */
export async function checkText(asked: string, network: ReadNetwork): Promise<Finding> {
  const text = asked.trim();
  if (text.length > MAX_CHECKED) return unreadable('It is longer than anything that is read here.');
  try {
    if (text.startsWith('{')) return await checkFraud(text, network);
    if (text.startsWith('c2sp.org/tlog-proof')) return await checkInclusion(text, network);
    const typ = text.includes('~') ? undefined : typOf(text);
    switch (typ) {
      case 'verdict+jwt':
        return await checkVerdict(text, network);
      case 'acknowledgement+jwt':
        return await checkAcknowledgement(text, network);
      case 'case-acknowledgement+jwt':
        return await checkCaseAcknowledgement(text, network);
      case 'acceptance+jwt':
        return await checkAcceptance(text, network);
      default:
        return await checkCredential(text, network);
    }
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return unreadable(error.message);
  }
}

function typOf(text: string): string | undefined {
  try {
    return String(parseJws(text).header.typ);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

function unreadable(words: string): Finding {
  return { kind: 'unknown', mood: 'bad', title: 'This cannot be read here.', lines: [['Why', words]] };
}

async function checkCredential(text: string, { verifier, view }: ReadNetwork): Promise<Finding> {
  const { verdict, parse } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } });
  const mood = verdict.outcome === 'valid' ? 'good' : verdict.outcome === 'unknown' ? 'waiting' : 'bad';
  const issuer = parse.ok ? parse.issuer : undefined;
  return {
    kind: 'credential',
    mood,
    title: `This credential is ${verdict.outcome}.`,
    lines: [
      ...(issuer === undefined ? [] : [['Issuer', nameOf(view.parties.get(issuer), issuer)] as const]),
      ['Seen up to', positionWords(view)],
    ],
    reasons: verdict.reasons.map(({ code }) => code),
  };
}

async function checkVerdict(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, envelope } = parseVerdictEnvelope(text);
  const { iss, iat, verdict } = envelope;
  const [position] = verdict.basis.positions;
  return signed(network, jws, iss, 'verdict', {
    kind: 'verdict',
    title: `answered: ${verdict.outcome}`,
    lines: [
      ['Answered', timeWords(iat * 1000)],
      ['What may follow', verdict.allows.effect],
      ['Had read up to', position === undefined ? 'nothing' : `#${position.size - 1}, ${timeWords(position.time)}`],
    ],
  });
}

async function checkAcknowledgement(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, acknowledgement } = parseAcknowledgement(text);
  const { iss, iat, application, intakeBy } = acknowledgement;
  return signed(network, jws, iss, 'statement', {
    kind: 'acknowledgement',
    title: 'has accepted an application',
    lines: [
      ['Accepted', timeWords(iat * 1000)],
      ['In the log by', timeWords(intakeBy)],
      ['Application', application],
    ],
  });
}

async function checkAcceptance(text: string, network: ReadNetwork): Promise<Finding> {
  const { jws, acceptance } = parseAcceptance(text);
  return signed(network, jws, acceptance.iss, 'acceptance', {
    kind: 'acceptance',
    title: `has answered ${acceptance.count} transfers`,
    lines: [['Signed', timeWords(acceptance.iat * 1000)]],
  });
}

/** Signed by the governor, whose key is the rulebook's. */
async function checkCaseAcknowledgement(text: string, { view, engine }: ReadNetwork): Promise<Finding> {
  const jws = parseJws(text);
  const { network, case: id, filedAt, promisedBy } = jws.payload;
  const key = view.rulebook?.body.keys.governor;
  const isOurs = network === view.name && key !== undefined;
  const holds = isOurs && (await verifies(engine, jws, key));
  const lines = [
    ['Case', String(id)],
    ['Filed', timeWords(Number(filedAt))],
    ['Looked at by', timeWords(Number(promisedBy))],
  ] as const;
  const title = holds
    ? 'The governor of this network has taken this complaint.'
    : isOurs
      ? 'The governor of this network has not signed this.'
      : 'This is of another network.';
  return { kind: 'acknowledgement', mood: holds ? 'good' : 'bad', title, lines };
}

type Claimed = Pick<Finding, 'kind' | 'lines'> & { readonly title: string };

/** By a key that the network accredits to whoever is said to have signed, at the position that was read. */
async function signed(
  { view, engine }: ReadNetwork,
  jws: Jws,
  iss: string,
  use: Party['keys'][number]['use'],
  { kind, title, lines }: Claimed,
): Promise<Finding> {
  const party = view.parties.get(iss);
  const name = nameOf(party, iss);
  const all = [...lines, ['Seen up to', positionWords(view)]] as const;
  if (party === undefined) {
    return { kind, mood: 'waiting', title: `${name} is nobody whom this network knows.`, lines: all };
  }
  const key = keysInForce(party, use, view.position.time).find((each) => thumbprint(each) === jws.header.kid);
  if (key === undefined) {
    const words = 'The key may have been another one then, or was never theirs.';
    const why = [...all, ['Why', words]] as const;
    return { kind, mood: 'waiting', title: `No key that ${name} has now has signed this.`, lines: why };
  }
  const holds = await verifies(engine, jws, key);
  return {
    kind,
    mood: holds ? 'good' : 'bad',
    title: holds ? `${name} ${title}.` : `${name} has not signed this: it was changed.`,
    lines: all,
  };
}

async function verifies(engine: ReadNetwork['engine'], jws: Jws, key: PublicJwk): Promise<boolean> {
  const [holds] = await engine.verify([signatureCheck(jws, key)]);
  return holds === true;
}

async function checkInclusion(given: string, { view, engine, fetchEntry }: ReadNetwork): Promise<Finding> {
  const text = `${given}\n`;
  const proof = parseTlogProof(text);
  const { index, checkpoint } = proof;
  const rulebook = view.rulebook?.body;
  const isSigned = rulebook !== undefined && (await isSignedBy(text, logKeyOf(rulebook), engine));
  const entry = isSigned && index < view.position.size ? await fetchEntry(index) : undefined;
  const isIn = entry !== undefined && isInLog(leafHash(encodeUtf8(entry)), proof);
  const title = !isSigned
    ? 'The log of this network has not signed this.'
    : isIn
      ? `Entry #${index} stands in the log.`
      : `This does not prove that entry #${index} stands in the log.`;
  const lines = [['Log of', `${checkpoint.size} entries`]] as const;
  return { kind: 'proof', mood: isSigned && isIn ? 'good' : 'bad', title, lines };
}

async function isSignedBy(proof: string, key: ReturnType<typeof logKeyOf>, engine: ReadNetwork['engine']) {
  try {
    await openCheckpoint(proof.slice(proof.indexOf('\n\n') + 2), key, engine);
    return true;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

async function checkFraud(text: string, { view, engine }: ReadNetwork): Promise<Finding> {
  const { network, kind, sizes } = await checkFraudProof(text, engine);
  const isOurs = network === view.name;
  const lines = [
    ['Network', isOurs ? 'this one' : network],
    ['What', kind],
    ['Sizes', sizes.join(', ')],
  ] as const;
  return { kind: 'proof', mood: 'bad', title: 'It is proved: this log has lied.', lines };
}

function nameOf(party: Party | undefined, id: string): string {
  return party?.name === undefined ? id : `${party.name} (${id})`;
}

function positionWords({ position }: ReadNetwork['view']): string {
  return `#${position.size - 1}, ${timeWords(position.time)}`;
}

function timeWords(timeMs: number): string {
  return Number.isFinite(timeMs) && Math.abs(timeMs) < 8e15
    ? new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19)
    : '?';
}

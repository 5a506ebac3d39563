import {
  encodeBase64url,
  encodeUtf8,
  isCodedError,
  isInLog,
  judgeNote,
  leafHash,
  noteChecks,
  parseNote,
  parseTlogProof,
  parseVkey,
} from '@holdfast/core';
import { checkFraudProof, logKeyOf, openCheckpoint, type SignedCheckpoint } from '@holdfast/verifier';
import type { Finding, Line } from './finding.ts';
import type { ReadNetwork } from './network.ts';

const UNSIGNED: Finding = { mood: 'bad', title: { code: 'check.not_log' }, lines: [] };

/** A C2SP tlog-proof: that an entry is in the log, under a checkpoint that the log has signed. */
export async function checkInclusion(given: string, network: ReadNetwork): Promise<Finding> {
  const text = `${given}\n`;
  const proof = parseTlogProof(text);
  const { index } = proof;
  const checkpoint = await openSigned(text.slice(text.indexOf('\n\n') + 2), network);
  if (checkpoint === undefined) return UNSIGNED;
  const entry = index < network.view.position.size ? await network.fetchEntry(index) : undefined;
  const isIn = entry !== undefined && isInLog(leafHash(encodeUtf8(entry)), proof);
  const title = { code: isIn ? 'check.entry' : 'check.entry.not', values: { entry: `#${index}` } };
  return { mood: isIn ? 'good' : 'bad', title, lines: await linesOf(checkpoint, network) };
}

/** A checkpoint by itself: who signed it, and whether it contradicts what this browser has read. */
export async function checkCheckpoint(given: string, network: ReadNetwork): Promise<Finding> {
  const checkpoint = await openSigned(`${given}\n`, network);
  if (checkpoint === undefined) return UNSIGNED;
  const lines = await linesOf(checkpoint, network);
  const known = network.rootAt(checkpoint.size);
  if (known === undefined) return { mood: 'good', title: { code: 'check.checkpoint' }, lines };
  const isSame = known === encodeBase64url(checkpoint.root);
  if (!isSame) return { mood: 'bad', title: { code: 'check.checkpoint.other' }, lines };
  const same: Line = ['check.line.what', { code: 'check.checkpoint.same' }];
  return { mood: 'good', title: { code: 'check.checkpoint' }, lines: [...lines, same] };
}

/** Undefined for what the log of this network has not signed. */
async function openSigned(note: string, { view, engine }: ReadNetwork): Promise<SignedCheckpoint | undefined> {
  const rulebook = view.rulebook?.body;
  if (rulebook === undefined) return undefined;
  try {
    return await openCheckpoint(note, logKeyOf(rulebook), engine);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

async function linesOf({ size, note }: SignedCheckpoint, network: ReadNetwork): Promise<readonly Line[]> {
  const witnesses = await countWitnesses(note, network);
  return [
    ['check.line.size', `${size}`],
    ...(witnesses === undefined ? [] : [['check.line.witnesses', witnesses] as const]),
  ];
}

/** Of the witnesses whom the rulebook names now: how many have cosigned it. Nothing where it names none. */
async function countWitnesses(note: string, { view, engine }: ReadNetwork): Promise<string | undefined> {
  const members = view.rulebook?.body.witnesses?.members ?? [];
  if (members.length === 0) return undefined;
  const parsed = parseNote(note);
  const signed = await Promise.all(
    members.map(async ({ vkey }) => {
      const key = parseVkey(vkey);
      return judgeNote(parsed, [key], await engine.verify(noteChecks(parsed, [key]).checks)).accepted;
    }),
  );
  return `${signed.filter(Boolean).length} / ${members.length}`;
}

export async function checkFraud(text: string, { view, engine }: ReadNetwork): Promise<Finding> {
  const { network, kind, sizes } = await checkFraudProof(text, engine);
  const lines: readonly Line[] = [
    ['check.line.network', network === view.name ? { code: 'check.this_network' } : network],
    ['check.line.what', kind],
    ['check.line.size', sizes.join(', ')],
  ];
  return { mood: 'bad', title: { code: 'check.fraud' }, lines };
}

import { encodeUtf8, isInLog, judgeNote, leafHash, noteChecks, parseTlogProof, parseVkey } from '@holdfast/core';
import { createWebEngine } from '@holdfast/verifier';

export type Checked = {
  /** Whether the log signed the checkpoint that the proof ends in, by the key that the rulebook names. */
  readonly isSigned: boolean;
  /** Whether this entry stands at that place in the tree that was signed. */
  readonly isIncluded: boolean;
  readonly size: number;
  /** How many others signed that they had seen this tree. */
  readonly cosignatures: number;
};

/** Checks in this browser that an entry is in the log: by the proof, the entry's own bytes and the log's key. */
export async function checkEntry(
  proof: string,
  entry: string,
  index: number,
  { vkey, witnesses }: { readonly vkey: string; readonly witnesses: readonly string[] },
): Promise<Checked> {
  const parsed = parseTlogProof(proof);
  const log = parseVkey(vkey);
  const known = [log, ...witnesses.map(parseVkey)];
  const results = await createWebEngine().verify(noteChecks(parsed.note, known).checks);
  const judged = judgeNote(parsed.note, known, results);
  const signers = judged.accepted ? judged.signers : [];
  const isLogs = (name: string, keyId: string) => name === log.name && keyId === log.keyId;
  return {
    isSigned: parsed.checkpoint.origin === log.name && signers.some(({ vkey: by }) => isLogs(by.name, by.keyId)),
    isIncluded: parsed.index === index && isInLog(leafHash(encodeUtf8(entry)), parsed),
    size: parsed.checkpoint.size,
    cosignatures: signers.filter(({ timeSeconds }) => timeSeconds !== undefined).length,
  };
}

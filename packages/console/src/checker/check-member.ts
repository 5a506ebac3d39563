import {
  admittedLeafSchema,
  encodeIntakeLeaf,
  encodeSealLeaf,
  isJsonObject,
  type Json,
  type JsonObject,
  leafProofSchema,
  type ProgramRecord,
  parseAcknowledgement,
  refusedLeafSchema,
  verifyLeaf,
} from '@holdfast/core';
import { checkAcknowledgement, checkReceipt } from './check-signed.ts';
import { type Finding, MISSHAPEN } from './finding.ts';
import type { ReadNetwork } from './network.ts';

const NOT_PROVED: Finding = { mood: 'bad', title: { code: 'check.not_proved' }, lines: [] };

/**
 * What `GET /programs/ID/applications/DIGEST/proof` answers: that a request stands in the lists to which the log commits, as far as
 * the proof reaches: sealed, else taken in. The signature under the acknowledgement comes first: its salt is that of the leaves, so
 * that nobody proves another's place. A receipt beside it is checked by itself.
 */
export async function checkMember(value: JsonObject, network: ReadNetwork): Promise<Finding> {
  const text = String(value.acknowledgement);
  const { acknowledgement } = parseAcknowledgement(text);
  const taken = await checkAcknowledgement(text, network);
  if (taken.mood !== 'good') return taken;
  if (value.application !== acknowledgement.application) return NOT_PROVED;
  const told = (mood: Finding['mood'], code: string): Finding => ({ ...taken, mood, title: { code } });
  const record = network.findProgram(acknowledgement.program);
  if (record === undefined) return told('waiting', 'check.member.program');
  if (value.seal !== undefined) return checkSeal(value, { acknowledgement, record, told }, network);
  const proof = leafProofSchema.safeParse(value.intake).data;
  if (proof === undefined) return MISSHAPEN;
  if (record.intake === undefined) return told('waiting', 'check.member.early');
  const isIn = verifyLeaf(encodeIntakeLeaf(acknowledgement), record.intake, proof);
  return isIn ? told('good', 'check.member.intake') : NOT_PROVED;
}

type About = {
  readonly acknowledgement: ReturnType<typeof parseAcknowledgement>['acknowledgement'];
  readonly record: ProgramRecord;
  readonly told: (mood: Finding['mood'], code: string) => Finding;
};

async function checkSeal(
  { seal, receipt }: JsonObject,
  { acknowledgement, record, told }: About,
  network: ReadNetwork,
): Promise<Finding> {
  const shown = parseSeal(seal);
  if (shown === undefined) return MISSHAPEN;
  if (record.seal === undefined) return told('waiting', 'check.member.early');
  const { list, leaf, proof } = shown;
  const { application, salt } = acknowledgement;
  const isIn =
    leaf.application === application &&
    leaf.salt === salt &&
    verifyLeaf(encodeSealLeaf(leaf), record.seal[list], proof);
  if (!isIn) return NOT_PROVED;
  const paid = receipt === undefined ? undefined : await checkReceipt(receipt, network);
  const found = told(paid === undefined || paid.mood === 'good' ? 'good' : paid.mood, `check.member.${list}`);
  return { ...found, lines: [...found.lines, ...(paid?.lines ?? [])] };
}

function parseSeal(seal: Json | undefined) {
  if (!isJsonObject(seal)) return undefined;
  const proof = leafProofSchema.safeParse(seal.proof).data;
  const isAdmitted = seal.list === 'admitted';
  const leaf = (isAdmitted ? admittedLeafSchema : refusedLeafSchema).safeParse(seal.leaf).data;
  if (proof === undefined || leaf === undefined || (!isAdmitted && seal.list !== 'refused')) return undefined;
  return { list: isAdmitted ? 'admitted' : 'refused', leaf, proof } as const;
}

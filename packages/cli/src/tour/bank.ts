import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, isJsonObject } from '@holdfast/core';
import type { Stage, Step } from './stage.ts';

/**
 * The tour plays the bank: takes the payment messages out of the distributor's folder, and answers each with one that says
 * that all of it was paid. Gives how many messages it took.
 */
export async function playBank({ data }: Stage): Promise<number> {
  const folder = join(data, 'bank');
  const messages = (await readdir(join(folder, 'out'))).filter((name) => name.endsWith('.xml'));
  await mkdir(join(folder, 'in'), { recursive: true });
  for (const name of messages) {
    const file = join(folder, 'out', name);
    const id = /<MsgId>([A-Za-z0-9-]{1,35})<\/MsgId>/.exec(await readFile(file, 'utf8'))?.[1];
    if (id === undefined) throw new CodedError('tour.step', `The payment message ${name} names itself in no way.`);
    // Whole at once: a report that is still being written is none.
    const answer = join(folder, 'in', `${id}-paid`);
    await writeFile(answer, reportOf(id));
    await rename(answer, `${answer}.xml`);
    await rm(file);
  }
  return messages.length;
}

/** pain.002.001.10: the status of the whole message is settled (ACSC). */
function reportOf(message: string): string {
  const at = new Date().toISOString().replace(/\.[0-9]+Z$/, 'Z');
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
  <CstmrPmtStsRpt>
    <GrpHdr><MsgId>R-${message.slice(0, 33)}</MsgId><CreDtTm>${at}</CreDtTm></GrpHdr>
    <OrgnlGrpInfAndSts>
      <OrgnlMsgId>${message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
      <GrpSts>ACSC</GrpSts>
    </OrgnlGrpInfAndSts>
  </CstmrPmtStsRpt>
</Document>
`;
}

/** What left for a bank: sent as ISO 20022, answered, reconciled; nothing of it is open any more. */
export async function settleAtBank(
  stage: Stage,
  transfers: readonly string[],
  done: (step: Step) => void,
): Promise<void> {
  const { client } = stage;
  const sent = await client.post('/settlement/run', {});
  const messages = await playBank(stage);
  await client.post('/settlement/run', {});
  const views = await Promise.all(transfers.map((transfer) => client.get(`/settlement/${transfer}`)));
  const states = views.map(({ state }) => String(state));
  done({
    name: 'settle',
    held: states.every((state) => state === 'accepted') && (states.length === 0 || messages > 0),
    words: `${states.length} payments left as ISO 20022 in ${messages} message(s); the bank answered, and all are paid`,
    detail: {
      messages,
      states,
      failures: isJsonObject(sent) && Array.isArray(sent.failures) ? sent.failures.length : 0,
    },
  });
}

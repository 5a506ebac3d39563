import { canonicalJson, isJsonObject, type ProgramRecord, parseStatement, sealRoot } from '@holdfast/core';
import { judgeDraw } from '@holdfast/core/program';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { ask, askText } from '../api/ask.ts';
import { checkEntry } from '../log/check-entry.ts';
import type { Outcomes } from './outcomes.ts';

export type Step = { readonly what: string; readonly holds: boolean };
export type DrawCheck = {
  readonly steps: readonly Step[];
  /** Minor units, in the order of the admitted; undefined where there is no draw that holds. */
  readonly entitlements?: readonly bigint[];
  readonly rule?: string;
};

/** Of the network whose rulebook is in force. */
export type LogKeys = { readonly vkey: string; readonly witnesses: readonly string[] };

/** Entries that are looked through for the epoch behind a seal: one comes every few seconds. */
const MAX_LOOK = 256;

/**
 * Does the seal and the draw again in this browser: the entries are in the log, the lists are those that were sealed, and the
 * draw follows from them. What it takes from the server's word is said by what it cannot show.
 */
export async function verifyDraw(answer: ProgramAnswer, outcomes: Outcomes, keys: LogKeys): Promise<DrawCheck> {
  const { seal: sealAt, draw: drawAt } = answer.entries;
  if (sealAt === undefined) return { steps: [{ what: 'There is no seal yet.', holds: false }] };
  const seal = await readProved(sealAt, keys);
  const admitted = outcomes.admitted.map(({ payment: _, ...leaf }) => leaf);
  const refused = outcomes.refused.map(({ payment: _, ...leaf }) => leaf);
  const steps: Step[] = [
    { what: `Entry #${sealAt}, the seal, is in the log that its key has signed.`, holds: seal.isProved },
    ...listSteps(seal.body, admitted, refused),
  ];
  if (drawAt === undefined) return { steps };
  const draw = await readProved(drawAt, keys);
  steps.push({ what: `Entry #${drawAt}, the draw, is in the log that its key has signed.`, holds: draw.isProved });
  const sealedAt = await readEpochAfter(sealAt);
  const record = {
    ...{ program: answer.program, digest: answer.digest, entry: answer.entries.program },
    ...{ seal: { ...seal.body, entry: sealAt }, sealedAt: { time: sealedAt }, draw: { ...draw.body, entry: drawAt } },
  } as unknown as ProgramRecord;
  const judged = judgeDraw(record, admitted as Parameters<typeof judgeDraw>[1]);
  const why = judged.ok ? '' : ` What differs: ${judged.why}.`;
  steps.push({ what: `Drawn again from those lists, the result and the total are the same.${why}`, holds: judged.ok });
  const rule = isJsonObject(draw.body.result as never) ? canonicalJson(draw.body.result as never) : undefined;
  return {
    steps,
    ...(judged.ok ? { entitlements: judged.entitlements } : {}),
    ...(rule === undefined ? {} : { rule }),
  };
}

/** What this browser cannot do again, and why. */
export function notVerifiable({ versions, program }: ProgramAnswer, { isCut }: Outcomes): string | undefined {
  if (isCut) return 'There are more people than are read here: npx holdfast audit does it with all of them.';
  if ((versions?.earlier.length ?? 0) > 0 || program.issuerClassCaps !== undefined) {
    return 'Its draw follows also from earlier rules or from issuers on probation: npx holdfast audit follows those too.';
  }
  return undefined;
}

type Body = Readonly<Record<string, unknown>>;

function listSteps(body: Body, admitted: readonly unknown[], refused: readonly unknown[]): readonly Step[] {
  return (
    [
      ['admitted', admitted],
      ['refused', refused],
    ] as const
  ).map(([name, leaves]) => {
    const sealed = body[name] as { readonly root?: string; readonly count?: number } | undefined;
    const { root, count } = sealRoot(leaves as Parameters<typeof sealRoot>[0]);
    const holds = root === sealed?.root && count === sealed.count;
    return { what: `The ${count} ${name} shown here are those that were sealed.`, holds };
  });
}

async function readProved(index: number, keys: LogKeys): Promise<{ readonly body: Body; readonly isProved: boolean }> {
  const jws = (await readEntries(index, index + 1))[0]?.jws ?? '';
  const { isSigned, isIncluded } = await checkEntry(await askText(`/log/proof?index=${index}`), jws, index, keys);
  const parsed = parseStatement(jws);
  return { body: parsed.ok ? parsed.statement.body : {}, isProved: isSigned && isIncluded };
}

function readEntries(from: number, to: number) {
  return ask<{ readonly entries: readonly { readonly jws: string }[] }>(`/log/entries?from=${from}&to=${to}`).then(
    ({ entries }) => entries,
  );
}

/** Unix milliseconds of the first epoch behind the seal: chance is bound to it. */
async function readEpochAfter(index: number): Promise<number> {
  for (const { jws } of await readEntries(index + 1, index + 1 + MAX_LOOK)) {
    const parsed = parseStatement(jws);
    if (parsed.ok && parsed.statement.body.type === 'epoch') return parsed.statement.body.time;
  }
  return 0;
}

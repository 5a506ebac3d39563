import {
  addSignatures,
  encodeUtf8,
  judgeNote,
  noteChecks,
  parseNote,
  parseSignatureLines,
  type Vkey,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { describe, expect, it } from 'vitest';
import type { Witness } from './witness.ts';

const signal = new AbortController().signal;
/** A log that signs whatever it is told to. */
export type AskingLog = {
  readonly vkey: Vkey;
  /** Its signed checkpoint of this size. */
  readonly checkpoint: (size: number) => string;
  /** The body that asks to cosign `size`, from `old`, with the proof. */
  readonly ask: (old: number, size: number) => string;
};

export type AskingLogs = {
  readonly log: AskingLog;
  /** The same log with another history from entry 4 on. */
  readonly fork: AskingLog;
  /** Somebody else's key under its name. */
  readonly stranger: AskingLog;
  readonly other: AskingLog;
};

/** Every way to a witness runs this suite. `create` gives a new witness of these logs, and its key. */
export function describeWitness(
  name: string,
  { log, fork, stranger, other }: AskingLogs,
  create: (logs: readonly Vkey[]) => Promise<{ readonly witness: Witness; readonly vkey: Vkey }>,
): void {
  async function isCosigned(note: string, lines: string, vkey: Vkey): Promise<boolean> {
    const parsed = parseNote(addSignatures(note, parseSignatureLines(lines)));
    const { checks } = noteChecks(parsed, [vkey]);
    return judgeNote(parsed, [vkey], await createNodeEngine().verify(checks)).accepted;
  }

  describe(name, () => {
    it('cosigns a log from its beginning, as it grows, and the same tree again', async () => {
      const { witness, vkey } = await create([log.vkey]);
      for (const [old, size] of [
        [0, 3],
        [3, 7],
        [7, 7],
      ] as const) {
        const answer = await witness.addCheckpoint(log.ask(old, size), signal);
        expect(answer.cosigned, `${old} to ${size}`).toBe(true);
        if (answer.cosigned) expect(await isCosigned(log.checkpoint(size), answer.lines, vkey)).toBe(true);
      }
    });

    it('says where it is when it is asked from somewhere else, also before it has cosigned anything', async () => {
      const { witness } = await create([log.vkey]);
      expect(await witness.addCheckpoint(log.ask(3, 7), signal)).toEqual({ cosigned: false, why: 'conflict', size: 0 });
      await witness.addCheckpoint(log.ask(0, 7), signal);
      expect(await witness.addCheckpoint(log.ask(0, 9), signal)).toEqual({ cosigned: false, why: 'conflict', size: 7 });
      expect(await witness.addCheckpoint(log.ask(0, 7), signal)).toEqual({ cosigned: false, why: 'conflict', size: 7 });
    });

    it('never cosigns a second history', async () => {
      const { witness } = await create([log.vkey]);
      await witness.addCheckpoint(log.ask(0, 7), signal);
      expect(await witness.addCheckpoint(fork.ask(7, 7), signal)).toEqual({ cosigned: false, why: 'forked' });
      expect(await witness.addCheckpoint(fork.ask(7, 9), signal)).toEqual({ cosigned: false, why: 'proof' });
      const borrowed = `old 7\n${log.ask(7, 9).split('\n\n')[0]?.split('\n').slice(1).join('\n')}\n\n${fork.checkpoint(9)}`;
      expect(await witness.addCheckpoint(borrowed, signal)).toEqual({ cosigned: false, why: 'proof' });
      expect(await witness.addCheckpoint(log.ask(7, 9), signal)).toMatchObject({ cosigned: true });
    });

    it('takes nothing from strangers, about strangers, or that is nothing', async () => {
      const { witness } = await create([log.vkey]);
      const refusal = async (body: string) => {
        const answer = await witness.addCheckpoint(body, signal);
        return answer.cosigned ? 'cosigned' : answer.why;
      };
      expect(await refusal(stranger.ask(0, 7))).toBe('not-signed');
      expect(await refusal(other.ask(0, 7))).toBe('unknown-log');
      expect(await refusal(log.ask(0, 7).replace('old 0', 'old 8'))).toBe('bad-request');
      expect(await refusal('hello')).toBe('bad-request');
      expect(await refusal('')).toBe('bad-request');
      expect(encodeUtf8(log.ask(0, 7)).length).toBeLessThan(65_536);
    });
  });
}

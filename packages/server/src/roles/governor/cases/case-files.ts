import { encodeBase64url, encodeUtf8, parseUtf8, type SaltedLeaf } from '@holdfast/core';
import type { KeptFile } from '../../../ports/case-store.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Entropy } from '../../../ports/entropy.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import { codeDigest, type Filing } from './filing.ts';

export type OpenedFile = {
  readonly step: string;
  readonly filedAt: number;
  /** Absent once it has been erased. */
  readonly opened?: { readonly statement: string; readonly contact?: string; readonly leaves: readonly SaltedLeaf[] };
};

/** What is said in a case, to be kept sealed: the log has a root over its leaves. */
export type SaidInCase = {
  readonly subject: string;
  readonly filer: string;
  /** Absent: nobody is told one. */
  readonly code?: string;
  readonly statement: string;
  readonly contact?: string;
  readonly leaves: readonly SaltedLeaf[];
};

export interface CaseFiles {
  /** One leaf for the statement, one for each piece of evidence, each with a salt of its own; `salt` is for the first. */
  leavesOf(statement: string, evidence?: Filing['evidence'], salt?: string): SaltedLeaf[];
  seal(step: { readonly id: string; readonly case: string }, said: SaidInCase): Promise<KeptFile>;
  open(file: KeptFile): Promise<OpenedFile>;
}

const SALT_BYTES = 16;

export function createCaseFiles(ports: {
  readonly sealer: Sealer;
  readonly entropy: Entropy;
  readonly clock: Clock;
}): CaseFiles {
  const { sealer, entropy, clock } = ports;
  const random = () => encodeBase64url(entropy.bytes(SALT_BYTES));
  return {
    leavesOf(statement, evidence = [], salt) {
      const values = [{ statement }, ...evidence];
      return values.map((value, place) => ({
        salt: place === 0 && salt !== undefined ? salt : random(),
        kind: 'evidence',
        value,
      }));
    },
    async seal(step, { subject, filer, code = random(), statement, contact, leaves }) {
      const text = JSON.stringify({ statement, leaves, ...(contact === undefined ? {} : { contact }) });
      const sealed = await sealer.seal(encodeUtf8(text), contextOf(step.id));
      const at = clock.now();
      return { step: step.id, case: step.case, code: codeDigest(code), filer, subject, filedAt: at, sealed };
    },
    async open({ step, filedAt, sealed }) {
      if (sealed === undefined) return { step, filedAt };
      const text = parseUtf8(await sealer.open(sealed, contextOf(step)));
      return { step, filedAt, opened: JSON.parse(text) as NonNullable<OpenedFile['opened']> };
    },
  };
}

function contextOf(step: string): string {
  return `case-file ${step}`;
}

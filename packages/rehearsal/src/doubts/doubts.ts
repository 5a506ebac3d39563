import { CodedError } from '@holdfast/core';
import type { LossyLine } from '../money/lossy-line.ts';
import type { Money, Sent } from '../money/money.ts';
import type { World } from '../world.ts';
import type { DeskNode } from './desk-node.ts';
import type { Doubting } from './doubting.ts';

/** What somebody has complained of at the desk: that they were refused, or that nobody decides. */
export type Complaint = {
  readonly sent: Sent;
  /** Idempotency key. */
  readonly key: string;
  /** The answer, once it is in their hands. */
  case: string | undefined;
  code: string | undefined;
};

/** Programs some of whose applicants are in doubt, and those who decide about them. */
export type DoubtsWorld = {
  readonly world: World;
  readonly money: Money;
  readonly desk: DeskNode;
  readonly line: LossyLine;
  readonly doubting: Doubting;
  readonly complaints: Complaint[];
};

type Desk = NonNullable<DeskNode['running']>['desk'];

/** Over a line that loses what is said; whoever asks again asks the same. Throws what the desk says. */
export function askDesk<Answer>({ line, desk }: DoubtsWorld, work: (desk: Desk) => Promise<Answer>): Promise<Answer> {
  return line.ask(
    () => desk.running?.desk,
    work,
    () => new CodedError('network.unreachable', 'No answer.'),
  );
}

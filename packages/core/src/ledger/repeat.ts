import type { Transfer, TransferAnswer, TransferCommand, TransferField } from './transfer.ts';

/** What a repeat is told: what differs from what was asked first, or what was answered then. */
export function answerRepeat(known: Transfer, again: TransferCommand): TransferAnswer {
  const field = findDifference(known.command, again);
  if (field !== undefined) return `exists-with-different-${field}`;
  return known.state === 'refused' ? `refused-${known.why}` : 'exists';
}

function findDifference(first: TransferCommand, again: TransferCommand): TransferField | undefined {
  if (first.kind !== again.kind) return 'kind';
  const others = fieldsOf(again);
  return fieldsOf(first).find(([name, value], i) => others[i]?.[0] === name && others[i][1] !== value)?.[0];
}

/** As said: an amount left out is another request than the whole amount said, though both do the same. */
function fieldsOf(command: TransferCommand): readonly (readonly [TransferField, unknown])[] {
  const { reference } = command;
  switch (command.kind) {
    case 'posted':
    case 'pending': {
      const { debit, credit, amount } = command;
      const expiresAt = command.kind === 'pending' ? command.expiresAt : undefined;
      return [
        ['debit', debit],
        ['credit', credit],
        ['amount', amount],
        ['expires-at', expiresAt],
        ['reference', reference],
      ];
    }
    case 'post':
    case 'void': {
      const amount = command.kind === 'post' ? command.amount : undefined;
      return [
        ['pending', command.pending],
        ['amount', amount],
        ['reference', reference],
      ];
    }
    default:
      return command satisfies never;
  }
}

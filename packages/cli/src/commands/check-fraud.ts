import { CodedError, isCodedError } from '@holdfast/core';
import { checkFraudProof, MAX_FRAUD_PROOF_LENGTH, type ProvedFraud } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';

type Options = { json?: boolean; network?: string };

/** `holdfast log check-fraud FILE`: whether a file proves that a log has lied, offline, by the genesis in it alone. */
export function checkFraudCommand(): Command {
  return createCommand('check-fraud', 'check a proof that a log has lied, offline; exit 0 when it proves it')
    .argument('<file>', 'the proof, or - for standard input')
    .option('--network <digest>', 'the name of the network that it ought to be about')
    .action(run<Options>(checkFraud));
}

async function checkFraud(output: Output, { network }: Options, file = '-'): Promise<number> {
  try {
    const proved = await checkFraudProof(await readBounded(file, MAX_FRAUD_PROOF_LENGTH), createNodeEngine());
    if (network !== undefined && network !== proved.network) {
      throw new CodedError('fraud.unproved', `This is about another network: ${proved.network}.`);
    }
    output.data({ proved: true, ...proved });
    tell(output, proved);
    return EXIT.yes;
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'fraud.unproved') throw error;
    output.data({ proved: false, why: error.message });
    output.say(error.message);
    return EXIT.no;
  }
}

function tell(output: Output, { network, kind, keys, sizes, why }: ProvedFraud): void {
  output.say(
    kind === 'two-histories'
      ? `PROVED: the log has signed two histories that cannot both be (of ${sizes.join(' and ')} entries).`
      : `PROVED: the epoch that is entry #${(sizes[0] ?? 0) - 1} does not say what its log says (${why}).`,
  );
  output.say(
    `Signed by ${keys.join(' and ')}. Should the network have given that up as stolen, a thief can have made this.`,
  );
  output.say(`It is about the network ${network}. Compare this with the name you have pinned.`);
}

import {
  bindingDigest,
  CodedError,
  grantOf,
  type Instruction,
  instructionSchema,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type Power,
  type Rulebook,
} from '@holdfast/core';
import { openOfficer, tellProposal } from '../commands/decide.ts';
import type { NetworkClient } from '../network-client.ts';
import { joinOrPropose } from '../officer-desk.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { eventually } from './eventually.ts';
import { moneyIn } from './words.ts';

export type SettleFlags = {
  readonly retry?: string;
  readonly cancel?: string;
  readonly paid?: string;
  readonly as?: string;
};

/** What an officer wants done to one payment outside. */
export type SettleAct = {
  readonly flag: 'retry' | 'cancel' | 'paid';
  readonly act: Instruction['act'];
  readonly transfer: string;
  readonly officer: string;
};

const ACTS = { retry: 'retry', cancel: 'cancel', paid: 'settle' } as const;

/** Undefined when none is asked for. Throws `usage.act`: one act at a time, each by an officer. */
export function readAct(flags: SettleFlags): SettleAct | undefined {
  const asked = (['retry', 'cancel', 'paid'] as const).filter((flag) => flags[flag] !== undefined);
  const [flag] = asked;
  if (flag === undefined && flags.as === undefined) return undefined;
  const transfer = flag === undefined ? undefined : flags[flag];
  if (flag === undefined || transfer === undefined || flags.as === undefined || asked.length > 1) {
    throw new CodedError('usage.act', 'Say one of --retry, --cancel and --paid, with a payment, and --as OFFICER.');
  }
  return { flag, act: ACTS[flag], transfer, officer: flags.as };
}

/** Signs an act on one payment as one officer; once the log allows it, has it carried out. */
export async function settleAs(
  output: Output,
  client: NetworkClient,
  data: string,
  { flag, act, transfer, officer }: SettleAct,
): Promise<number> {
  const { signer } = await openOfficer(data, officer);
  const before = await fetchPayment(client, transfer);
  for (const line of wordsOfPayment(before)) output.say(line);
  if (isDone(before, act)) return tellDone(output, before);
  const instruction = instructionOf(before, transfer, act);
  const done = await actOn(client, instruction).catch(unlessUndecided);
  if (done !== undefined) return tellDone(output, done);
  assertUseful(before, act);
  const { network, rulebook } = (await client.get('/rulebook')) as unknown as { network: string; rulebook: Rulebook };
  // Where the rulebook has a power of its own for it, money is returned by that.
  const power: Power = act === 'cancel' && grantOf(rulebook, 'return') !== undefined ? 'return' : 'release';
  const expected = {
    genesis: network,
    power,
    targets: [{ instruction: bindingDigest(instruction) }],
  };
  const request = { power, class: 'payment-corrected', instruction };
  const proposal = await joinOrPropose(client, expected, request, { signer, name: 'approval' });
  const again = `program settle --${flag} ${transfer}`;
  const place = { url: client.url, data };
  const asked = { power, label: transfer, officer, place, again };
  const exit = tellProposal(output, proposal, asked);
  if (exit !== EXIT.yes) {
    output.data({ ...proposal.json, instruction });
    return exit;
  }
  // The distributor reads the log like everybody, finds the decision an epoch later, and does it by itself; asking hastens it.
  const acted = eventually(() => actOn(client, instruction), 'settlement.decision-missing');
  return tellDone(output, await acted.catch(unlessDone(client, transfer)));
}

/** It was faster than our asking: what it did, others may have gone on from. */
function unlessDone(client: NetworkClient, transfer: string): (error: unknown) => Promise<JsonObject> {
  return (error) => {
    if (isCodedError(error) && error.code === 'settlement.decision-used') return fetchPayment(client, transfer);
    throw error;
  };
}

/** What settlement would refuse afterwards is refused before anybody signs. Throws `settlement.paid`, `settlement.reconcile-first`. */
function assertUseful(view: JsonObject, act: Instruction['act']): void {
  const { state } = view;
  // What officers took for made, officers can take back.
  const isRuled = act === 'cancel' && lastAttempt(view)?.decision !== undefined;
  if ((state === 'accepted' && !isRuled) || (state === 'partly' && act === 'retry')) {
    throw new CodedError('settlement.paid', 'This payment was made, wholly or in part; it is not made again.');
  }
  if (act !== 'retry' || state !== 'submitted') return;
  throw new CodedError(
    'settlement.reconcile-first',
    'The rail may still answer, so paying again could pay twice. First say what became of it: --paid or --cancel.',
  );
}

function actOn(client: NetworkClient, instruction: Instruction): Promise<JsonObject> {
  return client.post('/settlement/acts', instruction);
}

/** The log allows nothing of the kind yet: that is what officers are for. */
function unlessUndecided(error: unknown): undefined {
  if (isCodedError(error) && error.code === 'settlement.decision-missing') return undefined;
  throw error;
}

function tellDone(output: Output, view: JsonObject): number {
  output.data(view);
  output.say(`The payment is now ${String(view.state)}${ownerInWords(view)}.`);
  return EXIT.yes;
}

async function fetchPayment(client: NetworkClient, transfer: string): Promise<JsonObject> {
  return client.get(`/settlement/${encodeURIComponent(transfer)}`);
}

function lastAttempt({ attempts }: JsonObject): JsonObject | undefined {
  const last = Array.isArray(attempts) ? attempts.at(-1) : undefined;
  return isJsonObject(last) ? last : undefined;
}

/** Officers have said so already, and the rail nothing else since. */
function isDone(view: JsonObject, act: Instruction['act']): boolean {
  const last = lastAttempt(view);
  if (act === 'retry' || last?.decision === undefined) return false;
  return last.state === (act === 'settle' ? 'accepted' : 'rejected');
}

/** Throws `settlement.attempt-unknown` for a payment that was never tried, and `settlement.unknown` for a name of none. */
function instructionOf(view: JsonObject, transfer: string, act: Instruction['act']): Instruction {
  const attempt = Array.isArray(view.attempts) ? view.attempts.length : 0;
  if (attempt === 0) {
    throw new CodedError(
      'settlement.attempt-unknown',
      'This payment has not been sent yet: there is nothing to rule on.',
    );
  }
  const after = lastAttempt(view)?.decision;
  const parsed = instructionSchema.safeParse({
    ...{ program: transfer.split('.')[1], act, payment: transfer, attempt },
    ...(after === undefined ? {} : { after }),
  });
  if (parsed.success) return parsed.data;
  throw new CodedError('settlement.unknown', `${transfer} is not the name of a payment of a program.`);
}

function wordsOfPayment(view: JsonObject): string[] {
  const { amount, asset, rail, state, since, attempts } = view;
  const { code, decimals } = asset as { code: string; decimals: number };
  const tries = Array.isArray(attempts) ? attempts.length : 0;
  return [
    `${moneyIn({ code, decimals })(BigInt(String(amount)))} by ${String(rail)}, attempt ${tries}: ${String(state)} for ${formatDuration(Date.now() - Number(since))}${ownerInWords(view)}`,
  ];
}

function ownerInWords({ owner }: JsonObject): string {
  return typeof owner === 'string' ? `, owned by ${owner}` : ', and nobody has to act';
}

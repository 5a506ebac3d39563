import {
  encodeUtf8,
  ownerOfSettlement,
  parseAcceptance,
  parseAcknowledgement,
  parseTransferId,
  parseVerdictEnvelope,
  settlementLineId,
  thumbprint,
} from '@holdfast/core';
import type { KeptApplication, KeptLine } from '@holdfast/server/roles';
import type { World } from '../world.ts';
import { accountOf, type Money, type Sent } from './money.ts';

/** One crossing, and everybody who owns it by what is signed and kept. More or fewer than one is the fault. */
export type Custody = {
  readonly crossing: 'application' | 'verification' | 'transfer' | 'settlement';
  readonly owners: readonly string[];
};

/** What signed acceptances say, each opened and verified once. */
type Acceptances = {
  /** The application that its distributor has accepted by this text; undefined when it has not. */
  readonly acknowledged: (text: string) => { readonly application: string; readonly program: string } | undefined;
  /** The presentation that the verifier has judged by this text; undefined when it has not. */
  readonly judged: (text: string) => string | undefined;
  /** Has the ledger signed this? */
  readonly accepted: (text: string) => boolean;
};

export type CustodyOf = (sent: Sent) => Promise<Custody[]>;

/**
 * Who owns each crossing of one application, from both sides' stores and signed acceptances and from nothing that a role
 * says of itself. The giver owns it until it has the acceptance; then the receiver does, and has to have the thing. Givers
 * are read before receivers: what is handed over between the two reads is only better kept.
 */
export function createCustody(world: World, money: Money): CustodyOf {
  const acceptances = createAcceptances(world, money);
  return async (sent) => {
    const kept = await money.distributor.store.read(sent.program.id, sent.digest);
    const found: Custody[] = [{ crossing: 'application', owners: applicationOwners(acceptances, sent, kept) }];
    if (kept?.judgement?.verdict !== undefined) {
      found.push({ crossing: 'verification', owners: await verificationOwners(acceptances, money, sent, kept) });
    }
    if (kept?.payment === undefined) return found;
    found.push({ crossing: 'transfer', owners: await transferOwners(acceptances, money, sent, kept) });
    const line = await readLine(money, sent);
    if (line !== undefined) found.push({ crossing: 'settlement', owners: await lineOwners(money, line) });
    return found;
  };
}

function createAcceptances({ signatures }: World, { keys, ledger, distributor }: Money): Acceptances {
  const isBy = (key: Money['keys']['north'], jws: ReturnType<typeof parseAcknowledgement>['jws']) =>
    signatures.verifySync({ alg: 'ES256', key, data: encodeUtf8(jws.signingInput), signature: jws.signature });
  return {
    acknowledged: once((text) => {
      const { jws, kid, acknowledgement } = parseAcknowledgement(text);
      const key = distributor.ownKeys().find((one) => thumbprint(one) === kid);
      return key !== undefined && isBy(key, jws) ? acknowledgement : undefined;
    }),
    judged: once((text) => {
      const { jws, envelope } = parseVerdictEnvelope(text);
      return isBy(keys.north, jws) ? envelope.verdict.basis.presented : undefined;
    }),
    accepted: once((text) => isBy(ledger.key, parseAcceptance(text).jws)),
  };
}

function once<Result>(read: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = read(text);
    known.set(text, result);
    return result;
  };
}

/** Before the acceptance is back, or after a no, it is the applicant's: then nobody may have kept what was refused. */
function applicationOwners(
  { acknowledged }: Acceptances,
  { digest, application, acknowledgement, refused }: Sent,
  kept: KeptApplication | undefined,
): string[] {
  if (acknowledgement === undefined) {
    return refused === undefined || kept === undefined ? ['applicant'] : ['applicant', 'distributor'];
  }
  const said = acknowledged(acknowledgement);
  const isOfThis = said?.application === digest && said.program === application.program;
  return isOfThis && kept?.acknowledgement === acknowledgement ? ['distributor'] : [];
}

/** The signed verdict is the acceptance: its verifier has it, and until the money has moved, what to confirm it by. */
async function verificationOwners(
  { judged }: Acceptances,
  { north }: Money,
  { presented }: Sent,
  { judgement, payment }: KeptApplication,
): Promise<string[]> {
  const record = await north.verdicts.read(judgement?.verdict ?? '');
  if (record === undefined || judged(record.signed) !== presented) return [];
  const isWaiting = payment?.state === 'planned' || payment?.state === 'reserved';
  return isWaiting && (await north.standings.read(record.id)) === undefined ? [] : ['verifier'];
}

/**
 * What the distributor has written down is what the ledger answered and signed, so the ledger has it: the money, and whose
 * it is.
 */
async function transferOwners(
  acceptances: Acceptances,
  { ledger, distributor }: Money,
  sent: Sent,
  { payment }: KeptApplication,
): Promise<string[]> {
  const { digest, program, application } = sent;
  const reserve = parseTransferId(`reserve.${program.id}.${digest}`);
  const [transfer] = await ledger.store.readTransfers([reserve]);
  if (payment?.state === 'planned') return ['distributor'];
  if (!(await areSigned(acceptances, distributor, sent, payment?.state))) return [];
  const { destination } = application;
  const to = accountOf(sent) ?? `rail.${program.id}`;
  if (transfer?.command.kind !== 'pending' || transfer.command.credit !== to) return [];
  if (transfer.command.amount !== payment?.amount) return [];
  const { state } = transfer;
  switch (payment.state) {
    case 'reserved':
      return state === 'pending' ? ['verifier'] : ['distributor'];
    case 'posted':
      return state === 'posted' ? ['distributor'] : [];
    case 'voided':
      return state === 'voided' ? ['budget'] : [];
    case 'carried': {
      if (state !== 'posted') return [];
      if (destination.kind === 'internal') return ['payee'];
      const [line] = await distributor.settlements.read([lineIdOf(sent)]);
      return line?.amount === payment.amount ? ['settlement'] : [];
    }
    default:
      return payment.state satisfies never;
  }
}

/** Each step that was taken has a receipt: the ledger's signature was there before the step was written down. */
async function areSigned(
  { accepted }: Acceptances,
  { receipts }: Money['distributor'],
  { program, digest }: Sent,
  state: string | undefined,
): Promise<boolean> {
  const end = state === 'reserved' ? [] : [state === 'voided' ? 'void' : 'post'];
  const steps = ['reserve', ...end].map((kind) => receipts.read(`${kind}.${program.id}.${digest}`));
  return (await Promise.all(steps)).every((receipt) => receipt !== undefined && accepted(receipt.acceptance));
}

/** A line that the rail is said to own is in a batch that the rail has accepted, by its own receipt. */
async function lineOwners({ bank, distributor }: Money, line: KeptLine): Promise<string[]> {
  const owner = ownerOfSettlement(line.settlement) ?? 'payee';
  const last = line.settlement.attempts.length;
  if (owner !== 'rail') return [owner];
  const batch = line.settlement.attempts[last - 1]?.batch ?? '';
  const acceptance = await distributor.settlements.readAcceptance(batch);
  const isTaken = bank.rail.taken.some(({ lineId }) => lineId === `${line.id}-${last}`);
  return acceptance !== undefined && isTaken ? ['rail'] : [];
}

async function readLine({ distributor }: Money, sent: Sent): Promise<KeptLine | undefined> {
  const [line] = await distributor.settlements.read([lineIdOf(sent)]);
  return line;
}

function lineIdOf({ program, digest }: Sent): string {
  return settlementLineId(`post.${program.id}.${digest}`);
}

import { randomBytes } from 'node:crypto';
import {
  applicationNonce,
  CodedError,
  commitmentOf,
  createPresentationDraft,
  type Destination,
  encodePresentation,
  encodeUtf8,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type Program,
  programDigest,
} from '@holdfast/core';
import { winterRelief } from '@holdfast/server/client';
import type { AcknowledgedApplication, PreparedApplication } from '@holdfast/wallet';
import { openOfficer } from '../commands/decide.ts';
import { joinOrPropose, type Proposal } from '../officer-desk.ts';
import { settleAtBank } from './bank.ts';
import { createPerson, forEach, type Person, pause, type Stage, type Step } from './stage.ts';

type Done = (step: Step) => void;

/** The program of one tour, and what only its parties know. */
export type Relief = {
  readonly id: string;
  readonly url: string;
  readonly program: Program;
  /** One secret of each party of the draw, until the seal stands. */
  readonly secrets: readonly { readonly party: string; readonly secret: string }[];
};

/** Each gets EUR 100.00; there is enough for three in four. */
const AMOUNT = 10_000n;
const SECRET_BYTES = 32;
const AT_ONCE = 8;
const POLL_MS = 100;
const PATIENCE_MS = 60_000;
/** For everybody to apply: a few milliseconds each, and some more on a busy machine. */
const WINDOW_MS = 12_000;
const WINDOW_PER_PERSON_MS = 60;

/** Two officers release a lottery among the residents: its chance comes from secrets that both have committed to. */
export async function releaseProgram(stage: Stage, people: number, run: string, done: Done): Promise<Relief> {
  const { client } = stage;
  const { key } = await client.post('/programs/keys', {});
  const opensAt = Date.now();
  const id = `winter-relief-${run}`;
  const secrets = ['officer-a', 'officer-b'].map((party) => ({
    party,
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  }));
  const budget = (AMOUNT * BigInt(Math.max(1, Math.floor((people * 3) / 4)))).toString();
  const closesAt = opensAt + WINDOW_MS + people * WINDOW_PER_PERSON_MS;
  const program: Program = {
    ...winterRelief({ origin: client.url, id, opensAt, closesAt, key: String(key), budget }),
    allocation: { mode: 'sealed', rule: 'lottery', amount: AMOUNT.toString() },
    beacon: {
      kind: 'commit-reveal',
      parties: secrets.map(({ party, secret }) => ({ id: party, commitments: [commitmentOf(secret)] })),
      revealWithinMs: 10 * PATIENCE_MS,
      exhausted: 'cancel',
    },
    returned: 'next',
  };
  const one = await releaseAs(stage, program, 'officer-a');
  const two = await releaseAs(stage, program, 'officer-b');
  // The distributor reads the log like everybody, and knows of it an epoch later.
  await poll(
    () => client.get(`/programs/${id}`).catch(() => undefined),
    (view) => view !== undefined,
  );
  done({
    name: 'release',
    held: one.state === 'collecting' && two.state === 'carried-out',
    words: `two officers released ${id}: EUR 100.00 each, drawn, for ${budgetPeople(program)} people, rules frozen`,
    detail: { program: id, digest: programDigest(program), first: one.state, second: two.state },
  });
  return { id, url: `${client.url}/programs/${id}`, program, secrets };
}

function budgetPeople({ budget }: Program): bigint {
  return BigInt(budget) / AMOUNT;
}

async function releaseAs({ client, data }: Stage, program: Program, name: string): Promise<Proposal> {
  const { network } = await client.get('/rulebook');
  const { signer } = await openOfficer(data, name);
  const expected = {
    genesis: String(network),
    power: 'release' as const,
    targets: [{ program: programDigest(program) }],
  };
  const request = { power: 'release', class: 'program-approved', program };
  return joinOrPropose(client, expected, request, { signer, name: 'approval' });
}

export type Applied = {
  /** One acknowledged application of each person, in the order of the people. */
  readonly first: readonly AcknowledgedApplication[];
  /** Acknowledged applications with somebody else's credential. */
  readonly borrowed: readonly AcknowledgedApplication[];
  /** What was prepared in time and is sent too late. */
  readonly late: readonly PreparedApplication[];
};

/** Everybody applies; some twice, some with somebody else's credential, one with the destination swapped on the way. */
export async function applyAll(stage: Stage, relief: Relief, people: readonly Person[], done: Done): Promise<Applied> {
  const first: AcknowledgedApplication[] = [];
  await forEach(
    people,
    AT_ONCE,
    async ({ wallet, label }, i) => {
      first[i] = await wallet.apply(await wallet.prepare(relief.url, { destination: destinationOf(label, i) }));
    },
    (count) => stage.progress('applied', count, people.length),
  );
  const twice = people.slice(0, share(people, 10));
  for (const [i, { wallet, label }] of twice.entries()) {
    await wallet.apply(await wallet.prepare(relief.url, { destination: destinationOf(`${label}-again`, i) }));
  }
  const [ada] = people;
  const again = ada === undefined ? undefined : await ada.wallet.apply(first[0] as PreparedApplication);
  done({
    name: 'apply',
    held: first.length === people.length && again?.acknowledgement === first[0]?.acknowledgement,
    words: `${people.length} people applied, ${twice.length} of them twice; each has a signed acknowledgement, a repeat the same one`,
    detail: { people: people.length, twice: twice.length },
  });
  await tryThieves(relief, first, people, done);
  const borrowed = await Promise.all(people.slice(0, share(people, 50)).map((person) => borrow(relief, person)));
  const tardy = people.slice(-share(people, 50));
  const late = await Promise.all(
    tardy.map(({ wallet, label }) =>
      wallet.prepare(relief.url, { destination: { kind: 'internal', account: `${label}-late` } }),
    ),
  );
  return { first, borrowed, late };
}

function share(people: readonly Person[], part: number): number {
  return Math.max(1, Math.floor(people.length / part));
}

/** Most are paid in this ledger; every tenth has a bank account. */
function destinationOf(label: string, index: number): Destination {
  return index % 10 === 9
    ? { kind: 'iban', iban: ibanOf(index), name: 'Ada Example' }
    : { kind: 'internal', account: label };
}

/** A German account number nobody has, with the checksum of ISO 13616. */
function ibanOf(index: number): string {
  const number = `37040044${String(index).padStart(10, '0')}`;
  const check = 98n - (BigInt(`${number}131400`) % 97n);
  return `DE${String(check).padStart(2, '0')}${number}`;
}

/** Somebody else's acknowledged presentation, to another destination; and somebody else's credential under an own key. */
async function tryThieves(
  relief: Relief,
  first: readonly AcknowledgedApplication[],
  people: readonly Person[],
  done: Done,
): Promise<void> {
  const [ada, bob] = people;
  const sent = first[0];
  if (ada === undefined || bob === undefined || sent === undefined) return;
  const stolen = {
    ...sent,
    application: { ...sent.application, destination: { kind: 'internal' as const, account: 'thief' } },
  };
  const code = await codeOf(bob.wallet.apply(stolen));
  done({
    name: 'refuse-swapped',
    held: code === 'application.nonce',
    words: `a destination swapped after the holder signed is refused at the door (${code})`,
    detail: { code },
  });
  const other = await codeOf(
    bob.wallet.prepare(`${relief.url.slice(0, relief.url.lastIndexOf('/'))}/winter-relief`, {
      destination: { kind: 'internal', account: 'x' },
      program: sent.application.program,
    }),
  );
  done({
    name: 'refuse-other-rules',
    held: other === 'wallet.program',
    words: `a wallet that was promised these rules does not apply under others (${other})`,
    detail: { code: other },
  });
}

/** Applies with the credential of `victim` under a key of one's own. Nobody looks at signatures at the door. */
async function borrow(relief: Relief, victim: Person): Promise<AcknowledgedApplication> {
  const [held] = await victim.wallet.readAll();
  if (held === undefined) throw new CodedError('tour.step', `The wallet of ${victim.label} is empty.`);
  const destination = { kind: 'internal' as const, account: `${victim.label}-borrowed` };
  const { application, url } = await victim.wallet.prepare(relief.url, { destination });
  const thief = createPerson(`${victim.label}-thief`);
  const key = await thief.keys.create();
  const iat = Math.floor(Date.now() / 1000);
  const binding = { nonce: applicationNonce(application), audience: relief.program.organiser, iat };
  const draft = createPresentationDraft(held.credential, ['resident_id', 'birthdate'], binding);
  const signature = await thief.keys.sign(key.id, encodeUtf8(draft.signingInput));
  return thief.wallet.apply({ url, application, presentation: encodePresentation(draft, signature) });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const { code } = error.details;
    return error.code === 'wallet.refused' && typeof code === 'string' ? code : error.code;
  }
}

/** After the window: who is late is refused, who was in time is told so again, and everybody is judged at one position. */
export async function sealProgram(
  stage: Stage,
  relief: Relief,
  { first, borrowed, late }: Applied,
  people: readonly Person[],
  done: Done,
): Promise<void> {
  await awaitPhase(stage, relief, ['closing', 'judging', 'drawing']);
  const [last] = people.slice(-1);
  const codes = await Promise.all(late.map((one) => codeOf(last?.wallet.apply(one) ?? Promise.resolve())));
  const repeat = await people[0]?.wallet.apply(first[0] as PreparedApplication);
  done({
    name: 'refuse-late',
    held: codes.every((code) => code === 'program.closed') && repeat?.acknowledgement === first[0]?.acknowledgement,
    words: `${late.length} late: refused (${codes[0]}); whoever was in time is told so again`,
    detail: { codes },
  });
  const view = await awaitPhase(stage, relief, ['drawing']);
  const { all, admitted, refused } = countsOf(view);
  const entries = isJsonObject(view.entries) ? view.entries : {};
  const stolen = await Promise.all(
    borrowed.map(({ digest }) => stage.client.get(`/programs/${relief.id}/applications/${digest}`)),
  );
  done({
    name: 'seal',
    held:
      admitted === people.length &&
      all === admitted + refused &&
      stolen.every(({ code }) => code === 'application.credential_invalid'),
    words: `intake #${entries.intake}, seal #${entries.seal}: ${admitted} admitted, ${refused} refused (${stolen.length} with a borrowed credential, the rest applied twice), all at one position`,
    detail: { all, admitted, refused, borrowed: stolen.length, entries },
  });
}

function countsOf(view: JsonObject): { all: number; admitted: number; refused: number } {
  const counts = isJsonObject(view.applications) ? view.applications : {};
  return { all: Number(counts.all), admitted: Number(counts.admitted), refused: Number(counts.refused) };
}

async function awaitPhase({ client }: Stage, { id }: Relief, phases: readonly string[]): Promise<JsonObject> {
  return poll(
    () => client.get(`/programs/${id}`),
    (view) => phases.includes(String(view.phase)),
  );
}

/** Asks again and again until it holds; throws `tour.step` with the last answer when it does not in time. */
export async function poll<T>(read: () => Promise<T>, holds: (value: T) => boolean, limitMs = PATIENCE_MS): Promise<T> {
  const start = performance.now();
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() - start > limitMs) {
      throw new CodedError(
        'tour.step',
        `Waited too long; last seen: ${JSON.stringify(value, (_name, member) => (typeof member === 'bigint' ? member.toString() : member)).slice(0, 400)}`,
      );
    }
    await pause(POLL_MS);
  }
}

type Sum = { readonly count: number; readonly total: bigint };

/** What is in each state of payment, as the distributor shows it. */
export async function readPayments({ client }: Stage, { id }: Relief): Promise<Readonly<Record<string, Sum>>> {
  const { payments } = await client.get(`/programs/${id}`);
  const sums = isJsonObject(payments) ? Object.entries(payments) : [];
  return Object.fromEntries(
    sums.flatMap(([state, sum]) =>
      isJsonObject(sum) ? [[state, { count: Number(sum.count), total: BigInt(String(sum.total)) }]] : [],
    ),
  );
}

/** The parties reveal; the draw follows, and with south cut off its money is set aside and nobody is paid. */
export async function drawWhileCut(stage: Stage, relief: Relief, done: Done): Promise<void> {
  for (const reveal of relief.secrets)
    await stage.client.post(`/programs/${relief.id}/reveals`, { round: 0, ...reveal });
  await awaitPhase(stage, relief, ['paying']);
  const expected = Number(budgetPeople(relief.program));
  const payments = await poll(
    () => readPayments(stage, relief),
    ({ reserved }) => reserved?.count === expected,
  );
  // Long enough for several rounds in which south was asked and could not confirm.
  await pause(2_500);
  const after = await readPayments(stage, relief);
  const { handoffs } = await stage.client.get('/handoffs');
  const owners = (Array.isArray(handoffs) ? handoffs.filter(isJsonObject) : []).filter(({ of }) => of === relief.id);
  done({
    name: 'reserve',
    held:
      after.reserved?.count === expected &&
      Object.keys(after).length === 1 &&
      owners.some(({ owner }) => owner === 'south'),
    words: `drawn: ${payments.reserved?.count} reserves of EUR 100.00, nobody paid; south owns the wait, and says how old its knowledge is`,
    detail: { reserved: expected, states: Object.keys(after), owners: owners.map(({ owner }) => String(owner)) },
  });
}

/** Somebody who was drawn, and whose money is set aside. */
export async function findWinner(stage: Stage, relief: Relief, { first }: Applied): Promise<number> {
  for (const [i, { digest }] of first.entries()) {
    const { payment } = await stage.client.get(`/programs/${relief.id}/applications/${digest}`);
    if (isJsonObject(payment) && payment.state === 'reserved') return i;
  }
  throw new CodedError('tour.step', 'Nobody of the tour was drawn.');
}

/** Healed: fresh evidence pays, the revocation frees, and what it freed goes to the next in the draw. */
export async function payHealed(
  stage: Stage,
  relief: Relief,
  applied: Applied,
  drawn: number,
  done: Done,
): Promise<void> {
  const winner = applied.first[drawn];
  const expected = Number(budgetPeople(relief.program));
  const payments = await poll(
    () => readPayments(stage, relief),
    ({ voided, carried }) => voided?.count === 1 && carried?.count === expected,
  );
  const { payment } = await stage.client.get(`/programs/${relief.id}/applications/${winner?.digest}`);
  const isFreed = isJsonObject(payment) && payment.state === 'voided';
  done({
    name: 'pay',
    held: isFreed && payments.carried?.total === BigInt(relief.program.budget),
    words: `${expected} people are paid; the revoked one is not, and the EUR 100.00 went to the next in the draw`,
    detail: { paid: expected, voided: payments.voided?.count ?? 0 },
  });
  await settleAtBank(stage, await bankTransfers(stage, relief, applied), done);
  await accountFor(stage, relief, done);
}

/** The transfers of those who were paid to a bank account. */
async function bankTransfers({ client }: Stage, { id }: Relief, { first }: Applied): Promise<string[]> {
  const toBanks = first.filter(({ application }) => application.destination.kind === 'iban');
  const views = await Promise.all(toBanks.map(({ digest }) => client.get(`/programs/${id}/applications/${digest}`)));
  return toBanks.flatMap(({ digest }, i) => {
    const payment = views[i]?.payment;
    return isJsonObject(payment) && payment.state === 'carried' ? [`post.${id}.${digest}`] : [];
  });
}

/** Every unit of the budget: what left it lies with people or on its way to a bank, and nothing is set aside any more. */
async function accountFor({ client }: Stage, relief: Relief, done: Done): Promise<void> {
  const [program, rail, audit] = await Promise.all([
    client.get(`/ledger/accounts/program.${relief.id}`),
    client.get(`/ledger/accounts/rail.${relief.id}`),
    client.get('/ledger/audit'),
  ]);
  const left = BigInt(String(program.creditsPosted)) - BigInt(String(program.debitsPosted));
  const { handoffs } = await client.get('/handoffs');
  const open = (Array.isArray(handoffs) ? handoffs.filter(isJsonObject) : []).filter(({ of }) =>
    String(of).includes(relief.id),
  );
  const isEmpty = String(program.debitsPending) === '0' && open.length === 0;
  done({
    name: 'account',
    held: left === 0n && isEmpty && audit.holds === true,
    words: `every unit is accounted for: EUR ${euros(relief.program.budget)} given, ${euros(rail.creditsPosted)} of it to bank accounts; no handoff is open`,
    detail: { left: left.toString(), handoffs: open.length, audit: audit.holds === true },
  });
}

function euros(amount: unknown): string {
  const digits = String(amount).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

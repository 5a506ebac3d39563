import { writeFile } from 'node:fs/promises';
import {
  CodedError,
  encodeUtf8,
  isInLog,
  isJsonObject,
  type Json,
  judgeNote,
  keyRef,
  leafHash,
  noteChecks,
  parseTlogPolicy,
  parseTlogProof,
  parseUtf8,
  parseVkey,
  quorumWord,
  type TlogProof,
  type Vkey,
  type WitnessPolicy,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { readBounded } from './bounded-file.ts';
import { createCommand, run } from './command.ts';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { EXIT, formatTime, type Output } from './output.ts';
import { DEFAULTS, parseOrigin } from './settings.ts';

/** A proof carries at most 64 signatures of the longest kind; an entry is shorter. */
const MAX_PROOF_BYTES = 655_360;

type ProofOptions = { json?: boolean; url: string; out?: string; entry?: string };

/** `holdfast log proof INDEX`: a C2SP tlog-proof, with what the witnesses say, for whoever is offline later. */
export function proofCommand(): Command {
  return createCommand('proof', 'a proof that an entry is in the log, with cosignatures (C2SP tlog-proof)')
    .argument('<index>', 'the number of the entry')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--out <file>', 'where to write it, such as entry.tlog-proof; default standard output')
    .option('--entry <file>', 'where to write the entry itself, which is not in the proof')
    .action(run<ProofOptions>(fetchProof));
}

async function fetchProof(output: Output, { url, out, entry }: ProofOptions, index = ''): Promise<number> {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(index)) throw new CodedError('usage.index', `${index} is no number of an entry.`);
  const client = createNetworkClient({ url });
  if (entry !== undefined) await writeFile(entry, `${await fetchEntry(client, Number(index))}\n`);
  const bytes = await client.getBytes(`/log/proof?index=${index}`, MAX_PROOF_BYTES);
  const text = parseUtf8(bytes);
  const { checkpoint, note } = parseTlogProof(text);
  output.data({ index: Number(index), size: checkpoint.size, signatures: note.signatures.length, proof: text });
  if (out !== undefined) {
    await writeFile(out, bytes);
    output.say(
      `Entry #${index} in a log of ${checkpoint.size} entries, signed ${note.signatures.length === 1 ? 'once' : `${note.signatures.length} times`}: ${out}`,
    );
  } else output.say(text.trimEnd());
  return EXIT.yes;
}

async function fetchEntry(client: NetworkClient, index: number): Promise<string> {
  const { entries } = await client.get(`/log/entries?from=${index}&to=${index + 1}`);
  const [first] = Array.isArray(entries) ? (entries as readonly Json[]) : [];
  if (isJsonObject(first) && typeof first.jws === 'string') return first.jws;
  throw new CodedError('network.answer', 'The network answered without the entry.');
}

type CheckOptions = { json?: boolean; vkey?: string[]; witnesses?: string; entry?: string };

/** `holdfast log check FILE`: offline, by the keys that one has learned another way. */
export function checkCommand(): Command {
  const many = (value: string, before: readonly string[] = []) => [...before, value];
  return createCommand('check', 'check a proof offline: by whom the log is signed, and whether an entry is in it')
    .argument('<file>', 'the proof; - for standard input')
    .option('--vkey <vkey>', "the log's key; may be repeated", many)
    .option('--witnesses <file>', 'whose cosignatures are asked for (a C2SP tlog-policy file; it may name the log too)')
    .option('--entry <file>', 'the entry itself, as it stands in the log')
    .action(run<CheckOptions>(checkProof));
}

type Checked = {
  readonly log: string;
  readonly index: number;
  readonly size: number;
  readonly signedByLog: boolean;
  /** Whether the entry is where the proof says; null when no entry was given. */
  readonly included: boolean | null;
  readonly cosignatures: readonly { readonly witness: string; readonly time: number }[];
  /** Unix milliseconds by when a quorum had seen it; null: no quorum has, or none was asked for. */
  readonly witnessedAt: number | null;
};

async function checkProof(output: Output, options: CheckOptions, file = ''): Promise<number> {
  const proof = parseTlogProof(encodeUtf8(await readBounded(file)));
  const policy =
    options.witnesses === undefined ? undefined : parseTlogPolicy(encodeUtf8(await readBounded(options.witnesses)));
  const logs = [...(options.vkey ?? []).map(parseVkey), ...(policy?.logs ?? [])];
  if (logs.length === 0) {
    throw new CodedError('usage.vkey', 'By which key must the log be signed? Name it with --vkey, or in the policy.');
  }
  const entry = options.entry === undefined ? undefined : (await readBounded(options.entry)).replace(/\n$/, '');
  const checked = await check(proof, { logs, policy, entry });
  output.data(checked);
  tell(output, checked, policy);
  const isWitnessed = policy?.quorum === undefined || checked.witnessedAt !== null;
  return checked.signedByLog && checked.included !== false && isWitnessed ? EXIT.yes : EXIT.no;
}

type Trust = {
  readonly logs: readonly Vkey[];
  readonly policy: WitnessPolicy | undefined;
  readonly entry: string | undefined;
};

async function check(proof: TlogProof, { logs, policy, entry }: Trust): Promise<Checked> {
  const { note, checkpoint, index } = proof;
  const known = [...logs, ...(policy?.witnesses ?? [])];
  const judged = judgeNote(note, known, await createNodeEngine().verify(noteChecks(note, known).checks));
  const signers = judged.accepted ? judged.signers : [];
  // A log's key is that log's: it says nothing about another origin.
  const isLogs = (vkey: Vkey) => vkey.name === checkpoint.origin && logs.some((log) => keyRef(log) === keyRef(vkey));
  const cosignatures = signers.flatMap(({ vkey, timeSeconds }) =>
    timeSeconds === undefined ? [] : [{ witness: keyRef(vkey), time: timeSeconds * 1000 }],
  );
  const latest = new Map(cosignatures.map((one) => [one.witness, { ...one, size: checkpoint.size }]));
  const word = policy?.quorum === undefined ? undefined : quorumWord(policy.quorum, (witness) => latest.get(witness));
  return {
    log: checkpoint.origin,
    index,
    size: checkpoint.size,
    signedByLog: signers.some(({ vkey }) => isLogs(vkey)),
    included: entry === undefined ? null : isInLog(leafHash(encodeUtf8(entry)), proof),
    cosignatures,
    witnessedAt: word?.time ?? null,
  };
}

function tell(output: Output, checked: Checked, policy: WitnessPolicy | undefined): void {
  const { log, index, size, signedByLog, included, witnessedAt } = checked;
  output.say(`${log}, ${size} entries: ${signedByLog ? 'signed by the log' : 'NOT signed by a key that was named'}`);
  for (const { witness, time } of checked.cosignatures) output.say(`  cosigned by ${witness} at ${formatTime(time)}`);
  if (policy?.quorum !== undefined) {
    output.say(
      witnessedAt === null
        ? '  NOT cosigned by the quorum that is asked for'
        : `  a quorum had seen it by ${formatTime(witnessedAt)}`,
    );
  }
  if (included === null)
    output.say(`  entry #${index} was not given (--entry): whether it is this one was not looked at`);
  else output.say(included ? `  entry #${index} is the one given` : `  entry #${index} is NOT the one given`);
}

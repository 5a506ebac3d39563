import { equalBytes } from '../encoding/bytes.ts';
import { encodeUtf8, parseUtf8 } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { NOTE_KEY_TYPE, parseVkey, type Vkey } from './note.ts';
import type { WitnessPolicy, WitnessQuorum } from './witness-policy.ts';

/** Of each kind of line; C2SP tlog-policy asks for at least 32. */
const MAX_LINES_OF_A_KIND = 64;
/** 128 keys, the longest of 1,800 characters, and room for comments. */
export const MAX_POLICY_BYTES = 262_144;

type Named = Vkey | WitnessQuorum;

type Draft = {
  readonly logs: Vkey[];
  readonly witnesses: Vkey[];
  /** Names are opaque octets; here each is a character. */
  readonly names: Map<string, Named>;
  /** Names that some group has as a member: a witness counts in one way only. */
  readonly grouped: Set<string>;
  groups: number;
  quorum: { readonly is: WitnessQuorum | undefined } | undefined;
};

/**
 * Parses a policy file (C2SP tlog-policy): which logs, which witnesses, and how many of them. URLs are passed over. Throws
 * `policy.witnesses`, naming the line: a policy that is half understood is not one.
 */
export function parseTlogPolicy(file: Uint8Array | string): WitnessPolicy {
  const bytes = typeof file === 'string' ? encodeUtf8(file) : file;
  if (bytes.length > MAX_POLICY_BYTES) throw refused(0, `it has more than ${MAX_POLICY_BYTES} bytes`);
  const text = octetsOf(bytes);
  if (/[^\t\n\x20-\x7e\x80-\xff]/.test(text)) throw refused(0, 'it has control characters');
  // Without its newline the last line may be the beginning of another.
  if (!text.endsWith('\n')) throw refused(0, 'its last line does not end');
  const draft: Draft = {
    logs: [],
    witnesses: [],
    names: new Map(),
    grouped: new Set(),
    groups: 0,
    quorum: undefined,
  };
  text
    .slice(0, -1)
    .split('\n')
    .forEach((line, i) => {
      readLine(draft, line, i + 1);
    });
  if (draft.quorum === undefined) throw refused(0, 'it has no quorum');
  return { logs: draft.logs, witnesses: draft.witnesses, quorum: draft.quorum.is };
}

function octetsOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function readLine(draft: Draft, line: string, at: number): void {
  const items = line.split(/[ \t]+/).filter((item) => item !== '');
  const [kind, ...rest] = items;
  if (kind === undefined || kind.startsWith('#')) return;
  const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  if (read === undefined) throw refused(at, 'it begins with a word that is not known');
  read(draft, rest, at);
}

type ReadItems = (draft: Draft, items: readonly string[], at: number) => void;

const READERS: Readonly<Record<string, ReadItems>> = {
  log: readLog,
  witness: readWitness,
  group: readGroup,
  quorum: readQuorum,
};

function readLog({ logs }: Draft, [vkey, ...more]: readonly string[], at: number): void {
  if (vkey === undefined || more.length > 1) throw refused(at, 'a log has a key and at most one address');
  const log = readKey(vkey, at);
  if (log.type === NOTE_KEY_TYPE.ed25519Cosignature) throw refused(at, "a witness's key is no log's");
  addKey(logs, log, at);
}

function readWitness(draft: Draft, [name, vkey, ...more]: readonly string[], at: number): void {
  if (name === undefined || vkey === undefined || more.length > 1) {
    throw refused(at, 'a witness has a name, a key and at most one address');
  }
  const witness = readKey(vkey, at);
  if (witness.type === NOTE_KEY_TYPE.ed25519) throw refused(at, "a log's key is no witness's");
  addKey(draft.witnesses, witness, at);
  define(draft, name, witness, at);
}

function addKey(keys: Vkey[], key: Vkey, at: number): void {
  // One key under two names would count twice.
  if (keys.some(({ publicKey }) => equalBytes(publicKey, key.publicKey))) throw refused(at, 'this key is there before');
  if (keys.length >= MAX_LINES_OF_A_KIND) throw refused(at, `more than ${MAX_LINES_OF_A_KIND} of them`);
  keys.push(key);
}

function readKey(octets: string, at: number): Vkey {
  try {
    return parseVkey(parseUtf8(Uint8Array.from(octets, (octet) => octet.charCodeAt(0))));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw refused(at, error.message, error);
  }
}

function define({ names }: Draft, name: string, is: Named, at: number): void {
  if (name === 'none' || names.has(name)) throw refused(at, 'this name is taken');
  names.set(name, is);
}

function readGroup(draft: Draft, [name, count, ...members]: readonly string[], at: number): void {
  if (name === undefined || count === undefined || members.length === 0) {
    throw refused(at, 'a group has a name, how many must agree, and members');
  }
  if (draft.groups >= MAX_LINES_OF_A_KIND) throw refused(at, `more than ${MAX_LINES_OF_A_KIND} groups`);
  draft.groups += 1;
  const threshold = thresholdOf(count, members.length);
  if (threshold === undefined) throw refused(at, 'how many must agree is all, any, or 1 to as many as there are');
  const found = members.map((member) => {
    const known = draft.names.get(member);
    if (known === undefined) throw refused(at, 'a member is not defined before');
    if (draft.grouped.has(member)) throw refused(at, 'a name is a member once');
    draft.grouped.add(member);
    return known;
  });
  define(draft, name, { threshold, members: found }, at);
}

function thresholdOf(count: string, members: number): number | undefined {
  if (count === 'any') return 1;
  if (count === 'all') return members;
  const threshold = /^[1-9][0-9]{0,3}$/.test(count) ? Number(count) : 0;
  return threshold >= 1 && threshold <= members ? threshold : undefined;
}

function readQuorum(draft: Draft, [name, ...more]: readonly string[], at: number): void {
  if (draft.quorum !== undefined) throw refused(at, 'there is one quorum before');
  if (name === undefined || more.length > 0) throw refused(at, 'a quorum has one name');
  if (name === 'none') {
    draft.quorum = { is: undefined };
    return;
  }
  const is = draft.names.get(name);
  if (is === undefined) throw refused(at, 'the quorum is not defined before');
  draft.quorum = { is: 'members' in is ? is : { threshold: 1, members: [is] } };
}

function refused(line: number, why: string, cause?: unknown): CodedError<'policy.witnesses'> {
  const where = line === 0 ? '' : ` at line ${line}`;
  return new CodedError(
    'policy.witnesses',
    `This is not a policy of logs and witnesses${where}: ${why}.`,
    { line },
    cause,
  );
}

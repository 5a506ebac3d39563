// Checks a signed verdict from outside with nothing of ours: only `jose` and `node:crypto`.
import { createHash } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';

type Leaf = readonly unknown[];
type Json = Record<string, unknown>;

const sha256 = (...parts: readonly Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const leafHash = (bytes: Uint8Array) => sha256(Buffer.of(0), bytes);
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(Buffer.of(1), left, right);

function assertThat(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** RFC 6962 section 2.1. */
function treeRoot(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0] as Buffer;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(treeRoot(hashes.slice(0, split)), treeRoot(hashes.slice(split)));
}

/** RFC 9162 section 2.1.3.2. */
function rootOfProof(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    assertThat(sn !== 0, 'the proof is too long');
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  assertThat(sn === 0, 'the proof is too short');
  return hash;
}

async function verifyJws(jws: string, jwk: Json): Promise<Json> {
  const { payload } = await compactVerify(jws, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] });
  return JSON.parse(Buffer.from(payload).toString('utf8')) as Json;
}

function payloadOf(jws: string): Json {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as Json;
}

function assertSection(leaves: readonly string[], root: unknown, what: string): Leaf[] {
  const sorted = leaves.map((leaf) => Buffer.from(leaf)).sort(Buffer.compare);
  assertThat(base64url(treeRoot(sorted.map(leafHash))) === root, `the leaves of ${what} are not those of the epoch`);
  return leaves.map((leaf) => JSON.parse(leaf) as Leaf);
}

/** What the evidence says, once everything in it is proved. Throws naming the first thing that is not. */
export async function checkFromOutside(bundle: Json): Promise<{ outcome: string; status: number; position: number }> {
  const network = bundle.network as Json & {
    epoch: { entry: string; inclusion: string[] };
    list: Json & { proof: string[] };
  };
  const genesisText = String(network.genesis);
  const genesis = payloadOf(genesisText);
  const { keys } = genesis.body as { keys: { network: Json; governor: Json } };
  await verifyJws(genesisText, keys.governor);
  const epoch = await verifyJws(network.epoch.entry, keys.network);
  const sections = epoch.sections as Json;

  const parties = assertSection(network.parties as string[], sections.parties, 'the parties');
  const signed = payloadOf(String(bundle.signed));
  const party = parties.find(([id]) => id === signed.iss)?.[1] as { keys: { use: string; key: Json }[] } | undefined;
  const verdictKey = party?.keys.find(({ use }) => use === 'verdict')?.key;
  assertThat(verdictKey !== undefined, 'the verifier is no party of the network');
  const { verdict } = (await verifyJws(String(bundle.signed), verdictKey as Json)) as {
    verdict: Json & { basis: Json };
  };

  const basis = verdict.basis as Json & { positions: { size: number; root: string }[]; rulebook: { network: string } };
  const [position] = basis.positions;
  assertThat(position !== undefined, 'the verdict stands on no position');
  const { size, root } = position as { size: number; root: string };
  assertThat(
    base64url(sha256(Buffer.from(genesisText))) === basis.rulebook.network,
    'the genesis is of another network',
  );
  assertThat(epoch.size === size - 1, 'the epoch is not that of the position');
  const inclusion = network.epoch.inclusion.map((hash) => Buffer.from(hash, 'base64url'));
  const epochLeaf = leafHash(Buffer.from(network.epoch.entry));
  assertThat(base64url(rootOfProof(epochLeaf, size - 1, size, inclusion)) === root, 'the epoch is not in the log');

  const list = network.list as { leaf: string; index: number; count: number; proof: string[]; packed: string };
  const listProof = list.proof.map((hash) => Buffer.from(hash, 'base64url'));
  const listRoot = rootOfProof(leafHash(Buffer.from(list.leaf)), list.index, list.count, listProof);
  assertThat(base64url(listRoot) === sections.lists, 'the status list is not in the epoch');
  const [uri, digest] = JSON.parse(list.leaf) as [string, string];
  const packed = Buffer.from(list.packed, 'base64url');
  assertThat(base64url(sha256(packed)) === digest, 'the bytes of the status list are others');

  assertThat(
    base64url(sha256(Buffer.from(String(bundle.presented)))) === basis.presented,
    'the presentation is another',
  );
  const credential = payloadOf(String(bundle.presented).split('~')[0] ?? '');
  const { status_list: reference } = credential.status as { status_list: { uri: string; idx: number } };
  assertThat(reference.uri === uri, 'the credential names another list');
  const status = ((packed[reference.idx >> 2] ?? 0) >> ((reference.idx & 3) * 2)) & 3;
  assertThat((verdict.outcome === 'revoked') === (status === 1), 'the outcome is not what the list says');
  return { outcome: String(verdict.outcome), status, position: size };
}

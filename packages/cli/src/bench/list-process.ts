import {
  appendRecipient,
  createDistribution,
  createRecipientTable,
  encodeHash,
  merkleRoot,
} from '@holdfast/core/lists';
import { createFastKeccak } from '../lists/fast-keccak.ts';
import { readList, rowsAtMost } from '../lists/read-list.ts';
import { cpuMs } from './cpu-time.ts';
import { spelledAddress, syntheticAmount } from './synthetic-list.ts';

// A process of its own, so that its memory is that of the work alone: `merkle COUNT` or `import FILE`, one line of JSON.
const [what = '', argument = ''] = process.argv.slice(2);
const keccak = await createFastKeccak();
const result = what === 'merkle' ? buildTree(Number(argument)) : await importList(argument);
process.stdout.write(`${JSON.stringify({ ...result, peakMb: process.resourceUsage().maxRSS / 1000 })}\n`);

function buildTree(count: number): object {
  const table = createRecipientTable(count);
  for (let i = 0; i < count; i += 1) appendRecipient(table, spelledAddress(i, keccak), syntheticAmount(i));
  const start = process.cpuUsage();
  const { tree } = createDistribution('openzeppelin', table, { keccak });
  const workMs = cpuMs(start);
  return { root: encodeHash(merkleRoot(tree)), workMs, limitMs: hashAlone(3 * count - 1) };
}

/** Every leaf is hashed twice, and there is one node fewer than leaves: each time 64 bytes or less. */
function hashAlone(hashes: number): number {
  const preimage = new Uint8Array(64);
  const start = process.cpuUsage();
  for (let i = 0; i < hashes; i += 1) {
    preimage[0] = i;
    keccak(preimage);
  }
  return cpuMs(start);
}

async function importList(file: string): Promise<object> {
  const start = process.cpuUsage();
  const expectedRows = await rowsAtMost(file);
  const options = { units: 'token', decimals: 18, keccak, isQuiet: true, expectedRows: expectedRows ?? 0 } as const;
  const { count, total } = await readList(file, options, () => undefined);
  return { count, total: `${total}`, workMs: cpuMs(start) };
}

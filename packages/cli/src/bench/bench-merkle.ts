import { createMerkleTree, encodeHash, type Keccak, merkleRoot, standardLeaves } from '@holdfast/core/lists';
import { createFastKeccak } from '../lists/fast-keccak.ts';
import { atLeast, atMost, createFigure, type Figure, median, within } from './figure.ts';
import { runListProcess } from './run-list-process.ts';
import { MILLION, syntheticAddress, syntheticAmount } from './synthetic-list.ts';

const PEER = '@openzeppelin/merkle-tree';
/** The peer takes five minutes and 2.8 GB for a million; its cost a leaf grows with the list, so this flatters it. */
const COMPARED = 20_000;
const ROUNDS = 3;
/** Of ours in each round, which then lasts about as long as a quarter of the peer's. */
const REPEATS = 8;
const TYPES = ['address', 'uint256'] as const;
const LIST_AND_TREE_BYTES = 52 + 64;

/** `holdfast bench merkle`: OpenZeppelin's tree of a list, beside its own library, keccak alone and the bytes alone. */
export async function benchMerkle(): Promise<Figure[]> {
  const keccak = await createFastKeccak();
  const compared = await comparePeer(keccak);
  const { workMs, limitMs = 0, peakMb } = await runListProcess('merkle', `${MILLION}`);
  const without = compared === undefined ? `; ${PEER} is not installed, so there is nothing to compare with` : '';
  return [
    ...(compared === undefined ? [] : [compared]),
    createFigure(`Merkle tree of a list of 1,000,000, processor time${without}`, 's', atMost(2), {
      ours: workMs / 1000,
      name: 'its 2,999,999 keccaks alone',
      other: limitMs / 1000,
    }),
    createFigure('memory of the whole process that built it, at its peak', 'MB', within(250, 'MB'), {
      ours: peakMb,
      name: 'the bytes of list and tree alone',
      other: (LIST_AND_TREE_BYTES * MILLION) / 1e6,
    }),
  ];
}

/** Both from the same texts to the root, in turns. Undefined where the peer, a development dependency, is not installed. */
async function comparePeer(keccak: Keccak): Promise<Figure | undefined> {
  const peer = await import('@openzeppelin/merkle-tree').catch(() => undefined);
  if (peer === undefined) return undefined;
  const values = Array.from({ length: COMPARED }, (_, i) => [syntheticAddress(i), `${syntheticAmount(i)}`]);
  const ours = () =>
    encodeHash(merkleRoot(createMerkleTree(standardLeaves(TYPES, values, keccak), 'complete', { keccak })));
  const theirs = () => peer.StandardMerkleTree.of(values, [...TYPES]).root;
  ours();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const [one, other] = [timed(ours, REPEATS), timed(theirs, 1)];
    if (one.root !== other.root) throw new Error(`the roots differ: ${one.root} and ${other.root}`);
    return { ours: one.us, theirs: other.us, ratio: other.us / one.us };
  });
  return createFigure(
    `Merkle tree of a list of ${COMPARED}, from the same texts to the same root; a million would take the peer minutes`,
    'us a leaf',
    atLeast(25),
    {
      ours: median(rounds.map((round) => round.ours)),
      name: PEER,
      other: median(rounds.map((round) => round.theirs)),
      ratio: median(rounds.map(({ ratio }) => ratio)),
    },
  );
}

function timed(work: () => string, repeats: number): { root: string; us: number } {
  let root = '';
  const start = performance.now();
  for (let i = 0; i < repeats; i += 1) root = work();
  return { root, us: ((performance.now() - start) * 1000) / COMPARED / repeats };
}

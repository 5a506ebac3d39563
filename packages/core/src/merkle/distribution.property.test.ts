import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainUniswapTree } from '../../test/merkle-peers.ts';
import { parseJson } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import { type Address, parseAddress } from './address.ts';
import { DIALECT_NAMES, DIALECTS, type DialectName, type LeafType, standardLeaves } from './dialect.ts';
import { createDistribution, findRecipient, recipientAt, recipientLeafHash } from './distribution.ts';
import { encodeHash, parseHash } from './published-hash.ts';
import { appendRecipient, createRecipientTable } from './recipient-table.ts';
import { encodeSablierCampaign, encodeStandardDump, parseStandardDump } from './standard-dump.ts';
import { createMerkleTree, merkleProof, merkleRoot, verifyMerkleProof } from './tree.ts';
import { encodeUniswapClaims, parseUniswapClaims } from './uniswap-claims.ts';
import { UINT128_MAX, UINT256_MAX } from './words.ts';

type Recipients = readonly (readonly [Address, bigint])[];

const digits = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 }),
  // Many that begin alike: the order is then decided far behind, and by capitals.
  fc.string({ unit: fc.constantFrom(...'ab1'), minLength: 2, maxLength: 2 }).map((end) => `${'ab'.repeat(19)}${end}`),
);
const amount = fc.oneof(fc.bigInt({ min: 0n, max: UINT128_MAX }), fc.bigInt({ min: 0n, max: 10n ** 20n }));
const recipients = (minLength: number): fc.Arbitrary<Recipients> =>
  fc.uniqueArray(
    fc.tuple(
      digits.map((text) => parseAddress(`0x${text}`)),
      amount,
    ),
    { selector: ([address]) => address, minLength, maxLength: 40 },
  );

function distribute(dialect: DialectName, list: Recipients) {
  const table = createRecipientTable(1);
  for (const [address, paid] of list) appendRecipient(table, address, paid);
  return createDistribution(dialect, table);
}

/** What OpenZeppelin's library is given for the same list. */
function valuesOf(dialect: 'openzeppelin' | 'sablier', list: Recipients): string[][] {
  return list.map(([address, paid], i) =>
    dialect === 'sablier' ? [`${i}`, address, `${paid}`] : [address, `${paid}`],
  );
}

const json = (pieces: Generator<string>) => [...pieces].join('');

describe.each(['openzeppelin', 'sablier'] as const)("OpenZeppelin's library and the %s dialect", (dialect) => {
  const types = [...(DIALECTS[dialect].leafEncoding ?? [])];

  test('give one root, one dump to the byte, and proofs that each accepts of the other', () => {
    fc.assert(
      fc.property(recipients(2), (list) => {
        const ours = distribute(dialect, list);
        const values = valuesOf(dialect, list);
        const theirs = StandardMerkleTree.of(values, types);
        const root = encodeHash(merkleRoot(ours.tree));
        expect(root).toBe(theirs.root);
        expect(json(encodeStandardDump(ours))).toBe(JSON.stringify(theirs.dump()));
        for (const [i, value] of values.entries()) {
          const proof = merkleProof(ours.tree, i).map(encodeHash);
          expect(proof).toEqual(theirs.getProof(i));
          expect(StandardMerkleTree.verify(root, types, value, proof)).toBe(true);
          const leaf = recipientLeafHash(dialect, recipientAt(ours, i));
          const found = theirs.getProof(i).map(parseHash);
          expect(verifyMerkleProof({ leaf, proof: found, root: parseHash(theirs.root) })).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('read the dumps of each other', () => {
    fc.assert(
      fc.property(recipients(2), (list) => {
        const theirs = StandardMerkleTree.of(valuesOf(dialect, list), types);
        const read = parseStandardDump(parseJson(JSON.stringify(theirs.dump())));
        expect(encodeHash(merkleRoot(read.tree))).toBe(theirs.root);
        expect(read.values).toEqual(valuesOf(dialect, list));
        const dump = JSON.parse(json(encodeStandardDump(distribute(dialect, list))));
        expect(StandardMerkleTree.load(dump).root).toBe(theirs.root);
      }),
      { numRuns: 20 },
    );
  });
});

test("any leaf of addresses and numbers has the root of OpenZeppelin's library, equal leaves included", () => {
  const encodings = fc.array(fc.constantFrom<LeafType>('address', 'uint256', 'uint'), { minLength: 1, maxLength: 4 });
  const rows = encodings.chain((types) =>
    fc.tuple(
      fc.constant(types),
      fc.array(
        fc.tuple(
          ...types.map((type) =>
            type === 'address'
              ? digits.map((text) => `0x${text}`)
              : fc.oneof(fc.nat({ max: 2 }), fc.bigInt({ min: 0n, max: UINT256_MAX })).map(String),
          ),
        ) as fc.Arbitrary<string[]>,
        { minLength: 1, maxLength: 20 },
      ),
    ),
  );
  fc.assert(
    fc.property(rows, ([types, values]) => {
      const tree = createMerkleTree(standardLeaves(types, values), 'complete');
      const theirs = StandardMerkleTree.of(values, [...types]);
      expect(encodeHash(merkleRoot(tree))).toBe(theirs.root);
      expect([...tree.positions]).toEqual(theirs.dump().values.map(({ treeIndex }) => treeIndex));
    }),
    { numRuns: 40 },
  );
});

test("the uniswap dialect is Uniswap's tree written plainly: index by sorted address, root and proofs", () => {
  fc.assert(
    fc.property(recipients(1), (list) => {
      const ours = distribute('uniswap', list);
      const plain = plainUniswapTree(list);
      expect(encodeHash(merkleRoot(ours.tree))).toBe(plain.root);
      const found = list.map((_, index) => ({
        address: recipientAt(ours, index).address,
        index,
        proof: merkleProof(ours.tree, index).map(encodeHash),
      }));
      expect(found).toEqual(plain.claims);
    }),
  );
});

describe.each(DIALECT_NAMES)('in the %s dialect', (dialect) => {
  test('every recipient is found, and their proof holds for them alone', () => {
    fc.assert(
      fc.property(recipients(2), fc.nat(), (list, seed) => {
        const ours = distribute(dialect, list);
        const root = merkleRoot(ours.tree);
        for (const [address, paid] of list) {
          const index = findRecipient(ours, address) ?? -1;
          const recipient = recipientAt(ours, index);
          expect(recipient).toEqual({ index, address, amount: paid });
          const proof = merkleProof(ours.tree, index);
          const leaf = recipientLeafHash(dialect, recipient);
          expect(verifyMerkleProof({ leaf, proof, root })).toBe(true);
          const richer = recipientLeafHash(dialect, { ...recipient, amount: paid + 1n });
          expect(verifyMerkleProof({ leaf: richer, proof, root })).toBe(false);
          const other = list[seed % list.length]?.[0] ?? address;
          if (other === address) continue;
          const stolen = recipientLeafHash(dialect, { ...recipient, address: other });
          expect(verifyMerkleProof({ leaf: stolen, proof, root })).toBe(false);
        }
        expect(findRecipient(ours, parseAddress(`0x${'12'.repeat(20)}`))).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  test('a proof changed anywhere no longer holds, and one of wrong lengths never does', () => {
    fc.assert(
      fc.property(recipients(3), fc.nat(), fc.nat({ max: 255 }), (list, seed, bit) => {
        const ours = distribute(dialect, list);
        const root = merkleRoot(ours.tree);
        const index = seed % list.length;
        const leaf = recipientLeafHash(dialect, recipientAt(ours, index));
        const proof = merkleProof(ours.tree, index);
        const changed = proof.map((hash) => hash.slice());
        const hash = changed[seed % changed.length] ?? root;
        hash[bit >> 3] = (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verifyMerkleProof({ leaf, proof: changed, root })).toBe(false);
        expect(verifyMerkleProof({ leaf, proof: proof.slice(1), root })).toBe(false);
        expect(verifyMerkleProof({ leaf, proof: [...proof, root], root })).toBe(false);
        expect(verifyMerkleProof({ leaf: leaf.subarray(1), proof, root })).toBe(false);
        expect(verifyMerkleProof({ leaf, proof: Array.from({ length: 65 }, () => root), root })).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

test('the claims file is read back, and says whole bytes as ethers does', () => {
  fc.assert(
    fc.property(recipients(1), (list) => {
      const ours = distribute('uniswap', list);
      const text = json(encodeUniswapClaims(ours));
      const read = parseUniswapClaims(parseJson(text));
      expect(encodeHash(merkleRoot(read.tree))).toBe(encodeHash(merkleRoot(ours.tree)));
      expect(json(encodeUniswapClaims(read))).toBe(text);
      for (const { amount } of Object.values((JSON.parse(text) as Claims).claims)) {
        expect(amount).toMatch(/^0x(?:[0-9a-f]{2})+$/);
      }
    }),
    { numRuns: 30 },
  );
});

type Claims = {
  merkleRoot: string;
  tokenTotal: string;
  claims: Record<string, { index: number; amount: string; proof: string[] }>;
};

const LIST: Recipients = [
  [parseAddress('0x9ad7CAD4F10D0c3f875b8a2fd292590490c9f491'), 10_000n],
  [parseAddress('0xf976aF93B0A5A9F55A7f285a3B5355B8575Eb5bc'), 20_000n],
  [parseAddress('0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f'), 30_000n],
];
const FIRST = '0x9ad7CAD4F10D0c3f875b8a2fd292590490c9f491';

test.each<[string, (claims: Claims) => unknown]>([
  ['an amount raised', ({ claims }) => Object.assign(claims[FIRST] ?? {}, { amount: '0x2711' })],
  ['an amount left out', ({ claims }) => Object.assign(claims[FIRST] ?? {}, { amount: undefined })],
  ['another index', ({ claims }) => Object.assign(claims[FIRST] ?? {}, { index: 2 })],
  ['a proof cut short', ({ claims }) => claims[FIRST]?.proof.pop()],
  ['a proof of somebody else', ({ claims }) => Object.assign(claims[FIRST] ?? {}, { proof: [] })],
  ['a recipient left out', ({ claims }) => delete claims[FIRST]],
  ['another total', (file) => Object.assign(file, { tokenTotal: '0x01' })],
  ['another root', (file) => Object.assign(file, { merkleRoot: `0x${'0'.repeat(64)}` })],
  ['an address in small letters', ({ claims }) => Object.assign(claims, { [FIRST.toLowerCase()]: claims[FIRST] })],
  ['nothing', (file) => Object.assign(file, { claims: {} })],
  ['no claims', (file) => Object.assign(file, { claims: 7 })],
])('a claims file with %s is refused', (_case, change) => {
  const file = JSON.parse(json(encodeUniswapClaims(distribute('uniswap', LIST)))) as Claims;
  change(file);
  expect(() => parseUniswapClaims(JSON.parse(JSON.stringify(file)))).toThrow(
    expect.objectContaining({ code: 'merkle.claims' }),
  );
});

test("Sablier's campaign holds the tree as a text and the recipients in whole minor units", () => {
  const campaign = JSON.parse(json(encodeSablierCampaign(distribute('sablier', LIST)))) as Record<string, string>;
  const theirs = StandardMerkleTree.of(valuesOf('sablier', LIST), ['uint', 'address', 'uint256']);
  expect(campaign).toEqual({
    total_amount: '60000',
    number_of_recipients: 3,
    root: theirs.root,
    merkle_tree: JSON.stringify(theirs.dump()),
    recipients: LIST.map(([address, paid]) => ({ address, amount: `${paid}` })),
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : undefined;
  }
  return undefined;
}

test.each<[string, string, () => unknown]>([
  ['no leaves', 'merkle.size', () => createMerkleTree(standardLeaves(['uint'], []), 'layered')],
  ['one recipient for Sablier', 'merkle.too-few', () => distribute('sablier', LIST.slice(0, 1))],
  ['an index before the first', 'merkle.index', () => recipientAt(distribute('uniswap', LIST), -1)],
  ['an index beyond the last', 'merkle.index', () => recipientAt(distribute('openzeppelin', LIST), 3)],
  ['a proof of nobody', 'merkle.index', () => merkleProof(distribute('openzeppelin', LIST).tree, 3)],
  ['a leaf of no values', 'merkle.encoding', () => standardLeaves([], [[]])],
  ['a value too few', 'merkle.value', () => createMerkleTree(standardLeaves(['uint', 'uint'], [['1']]), 'complete')],
  ['a number with a point', 'merkle.value', () => createMerkleTree(standardLeaves(['uint'], [['1.0']]), 'complete')],
  ['2^256', 'merkle.value', () => createMerkleTree(standardLeaves(['uint'], [[`${2n ** 256n}`]]), 'complete')],
  ['a hash of 31 bytes', 'merkle.hash', () => parseHash(`0x${'0'.repeat(62)}`)],
  [
    'a negative amount',
    'merkle.value',
    () => recipientLeafHash('openzeppelin', { index: 0, address: FIRST, amount: -1n }),
  ],
  [
    'an index of a half',
    'merkle.value',
    () => recipientLeafHash('uniswap', { index: 0.5, address: FIRST, amount: 1n }),
  ],
])('%s is refused', (_case, code, run) => {
  expect(codeOf(run)).toBe(code);
});

test('the largest amounts stand in a leaf whole', () => {
  const list: Recipients = LIST.map(([address], i) => [address, UINT256_MAX - BigInt(i)]);
  const ours = distribute('openzeppelin', list);
  expect(encodeHash(merkleRoot(ours.tree))).toBe(
    StandardMerkleTree.of(valuesOf('openzeppelin', list), ['address', 'uint256']).root,
  );
  expect(recipientAt(ours, 2).amount).toBe(UINT256_MAX - 2n);
});

test('whoever waits hears how far it is, up to all of it', () => {
  const values = Array.from({ length: 9000 }, (_, i) => [`${i}`]);
  const heard: [number, number][] = [];
  createMerkleTree(standardLeaves(['uint256'], values), 'complete', { onProgress: (...step) => heard.push(step) });
  expect(heard).toEqual([
    [4096, 17_999],
    [8192, 17_999],
    [12_288, 17_999],
    [16_384, 17_999],
  ]);
});

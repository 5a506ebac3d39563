import {
  CodedError,
  DIALECT_NAMES,
  DIALECTS,
  type DialectName,
  type Distribution,
  encodeHash,
  findRecipient,
  isJsonObject,
  type Json,
  merkleProof,
  merkleRoot,
  parseAddress,
  parseHash,
  parseJson,
  recipientAt,
  recipientLeafHash,
  verifyMerkleProof,
} from '@holdfast/core/lists';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { TREE_FILES, writeDropFolder } from '../lists/drop-folder.ts';
import { createFastKeccak } from '../lists/fast-keccak.ts';
import { addListFlags, countInWords, grouped, type ListFlags, wordsOfAmount } from '../lists/list-flags.ts';
import { buildDistribution } from '../lists/read-table.ts';
import { rowsInWords, tellErrors, tellWarnings } from '../lists/report-words.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { parseCount } from '../settings.ts';

type ListOptions = ListFlags & { json?: boolean; dialect: DialectName; list: string };
type RootOptions = ListOptions & { out?: string };
type ProofOptions = ListOptions & { address?: string; index?: number };
type VerifyOptions = {
  json?: boolean;
  dialect: DialectName;
  root: string;
  address: string;
  amount: bigint;
  index?: number;
  proof: string;
};

/** `holdfast merkle root|proof|verify`: the trees that distributor contracts pay from, in the dialects of others. */
export function merkleCommand(): Command {
  const root = addListFlags(listCommand('root', 'the root of a list, and with --out everything to publish it'))
    .option('--out <folder>', 'write the list, the tree and every proof into a new folder')
    .action(run<RootOptions>(tellRoot));
  const proof = addListFlags(listCommand('proof', "one recipient's proof"))
    .option('--address <address>', 'whose')
    .option('--index <number>', 'whose, by the place in the list, from 0', parseCount)
    .action(run<ProofOptions>(tellProof));
  const verify = createCommand('verify', 'whether a proof leads from a recipient to a root')
    .addOption(dialectOption())
    .requiredOption('--root <hash>', 'the root')
    .requiredOption('--address <address>', 'the recipient')
    .requiredOption('--amount <number>', 'the amount in minor units', parseMinorUnits)
    .option('--index <number>', 'the index, where it is part of the leaf and not in the file', parseCount)
    .requiredOption(
      '--proof <file>',
      'JSON: an array of hashes, or what `merkle proof --json` gives; - for standard input',
    )
    .action(run<VerifyOptions>(verifyProof));
  return createCommand('merkle', 'Merkle trees over lists of recipients')
    .addCommand(root)
    .addCommand(proof)
    .addCommand(verify);
}

function listCommand(name: string, description: string): Command {
  return createCommand(name, description)
    .addOption(dialectOption())
    .requiredOption('--list <file>', 'a list with the columns address,amount; - for standard input');
}

function dialectOption(): Option {
  return new Option('--dialect <dialect>', 'whose contracts will read the tree')
    .choices([...DIALECT_NAMES])
    .makeOptionMandatory();
}

function parseMinorUnits(text: string): bigint {
  if (!/^[0-9]{1,78}$/.test(text)) throw new InvalidArgumentError('A whole number of minor units was expected.');
  return BigInt(text);
}

const LEAF_WORDS: Readonly<Record<DialectName, string>> = {
  openzeppelin: 'leaf keccak(keccak(abi.encode(address, amount))), index by row',
  sablier: 'leaf keccak(keccak(abi.encode(index, address, amount))), index by row',
  uniswap: 'leaf keccak(abi.encodePacked(index, address, amount)), index by sorted address',
};

async function tellRoot(output: Output, options: RootOptions): Promise<number> {
  const { dialect, list, out } = options;
  const { report, distribution } = await buildDistribution(list, dialect, options);
  if (distribution === undefined) {
    output.data(rowsInWords(report));
    tellErrors(output, list, report);
    return EXIT.no;
  }
  const { table, tree } = distribution;
  const root = encodeHash(merkleRoot(tree));
  const shards = out === undefined ? undefined : await publish(out, distribution, output.json);
  const { warnings, warningCount } = rowsInWords(report);
  output.data({
    root,
    count: table.count,
    total: table.total,
    dialect,
    warnings,
    warningCount,
    ...(out === undefined ? {} : { out, shards }),
  });
  output.say(`Root     ${root}`);
  output.say(`         ${countInWords(table.count)}`);
  output.say(`         ${wordsOfAmount(table.total, options)} in all`);
  output.say(`         ${dialect}: ${LEAF_WORDS[dialect]}`);
  tellWarnings(output, report);
  if (out !== undefined) tellFolder(output, out, dialect, shards ?? 0);
  return EXIT.yes;
}

/** Writes the folder; whoever breaks it off leaves nothing behind. */
async function publish(out: string, distribution: Distribution, isQuiet: boolean): Promise<number> {
  const progress = createProgress('writing', isQuiet, '%');
  const broken = new AbortController();
  const stop = () => broken.abort(new CodedError('usage.out', 'Broken off; nothing was written.'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { shards } = await writeDropFolder(out, distribution, {
      onProgress: (done, total) => progress.step(Math.floor((100 * done) / total), 100),
      signal: broken.signal,
    });
    return shards;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    progress.end();
  }
}

function tellFolder(output: Output, out: string, dialect: DialectName, shards: number): void {
  output.say(`Written  ${out}`);
  output.say('         index.json      root, count and total, and the digests of what follows');
  output.say('         list.csv        every recipient in the order of the tree, in minor units');
  output.say(`         ${TREE_FILES[dialect].name.padEnd(14)}  the whole tree as tools of this dialect read it`);
  output.say(`         proofs/         every proof, in ${grouped(`${shards}`)} files by the start of the address`);
  output.say('         Whoever has list.csv can build all of it again, byte for byte.');
}

async function tellProof(output: Output, options: ProofOptions): Promise<number> {
  const { dialect, list, address, index } = options;
  if ((address === undefined) === (index === undefined)) {
    throw new CodedError('usage.recipient', 'Say whose proof: --address A or --index N.');
  }
  const wanted = address === undefined ? undefined : parseAddress(address);
  const { report, distribution } = await buildDistribution(list, dialect, options);
  if (distribution === undefined) {
    output.data(rowsInWords(report));
    tellErrors(output, list, report);
    return EXIT.no;
  }
  const found = wanted === undefined ? index : findRecipient(distribution, wanted);
  if (found === undefined)
    throw new CodedError('merkle.not-listed', `${wanted} is not in ${list}.`, { address: wanted });
  const recipient = recipientAt(distribution, found);
  const root = encodeHash(merkleRoot(distribution.tree));
  const proof = merkleProof(distribution.tree, found).map(encodeHash);
  const leaf = encodeHash(recipientLeafHash(dialect, recipient));
  output.data({ dialect, ...recipient, leaf, root, proof });
  output.say(`Proof    ${recipient.address}, index ${recipient.index}`);
  output.say(`         gets ${wordsOfAmount(recipient.amount, options)}`);
  output.say(`Leaf     ${leaf}`);
  for (const [i, hash] of proof.entries()) output.say(`${i === 0 ? 'Up by    ' : '         '}${hash}`);
  output.say(`Root     ${root}`);
  return EXIT.yes;
}

async function verifyProof(output: Output, options: VerifyOptions): Promise<number> {
  const { dialect, amount } = options;
  const given = parseProof(parseJson(await readBounded(options.proof), FILE_BOUNDS));
  const index = options.index ?? given.index;
  if (index === undefined && DIALECTS[dialect].fields.includes('index')) {
    throw new CodedError('usage.index', `In the ${dialect} dialect the index is part of the leaf: say --index N.`);
  }
  const keccak = await createFastKeccak();
  const address = parseAddress(options.address, keccak);
  const leaf = recipientLeafHash(dialect, { index: index ?? 0, address, amount }, keccak);
  const holds = verifyMerkleProof({ leaf, proof: given.proof, root: parseHash(options.root) }, keccak);
  output.data({ holds, dialect, ...(index === undefined ? {} : { index }), address, amount, leaf: encodeHash(leaf) });
  output.say(
    `${holds ? 'YES' : 'NO '}      ${address} ${holds ? 'is' : 'is not shown to be'} in the list of this root`,
  );
  output.say(`         with ${wordsOfAmount(amount, {})}${index === undefined ? '' : `, index ${index}`} (${dialect})`);
  if (!holds) output.say('         Another amount, index or dialect gives another leaf; a proof is for one root only.');
  return holds ? EXIT.yes : EXIT.no;
}

/** The hashes, and the index where the file says it. Throws `merkle.proof` or `merkle.hash`. */
function parseProof(json: Json): { readonly proof: readonly Uint8Array[]; readonly index?: number } {
  const hashes = isJsonObject(json) ? json.proof : json;
  if (!Array.isArray(hashes) || !hashes.every((hash) => typeof hash === 'string')) {
    throw new CodedError(
      'merkle.proof',
      'A proof is a JSON array of hashes, or an object with one as its member proof.',
    );
  }
  const index = isJsonObject(json) && typeof json.index === 'number' ? json.index : undefined;
  return { proof: hashes.map(parseHash), ...(index === undefined ? {} : { index }) };
}

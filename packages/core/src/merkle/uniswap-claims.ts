import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { CodedError } from '../errors.ts';
import { parseAddress } from './address.ts';
import { createDistribution, type Distribution, type ListedRecipient, recipientAt } from './distribution.ts';
import { encodeHash, refusing } from './published-hash.ts';
import { appendRecipient, createRecipientTable } from './recipient-table.ts';
import { merkleProof, merkleRoot } from './tree.ts';
import { parseUint256 } from './words.ts';

/** The claims file of Uniswap/merkle-distributor, in its order, in pieces: whole in itself, with every proof. */
export function* encodeUniswapClaims(distribution: Distribution): Generator<string> {
  const { table, tree } = distribution;
  const root = encodeHash(merkleRoot(tree));
  yield `{"merkleRoot":"${root}","tokenTotal":"${evenHex(table.total)}","claims":{`;
  for (let index = 0; index < table.count; index += 1) {
    const { address, amount } = recipientAt(distribution, index);
    const proof = merkleProof(tree, index).map(encodeHash);
    const claim = JSON.stringify({ index, amount: evenHex(amount), proof });
    yield `${index === 0 ? '' : ','}"${address}":${claim}`;
  }
  yield '}}';
}

/** Whole bytes, as ethers writes numbers. */
function evenHex(value: bigint): string {
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

/** A claims file from outside, built again from its addresses and amounts. Throws `merkle.claims`, saying what differs. */
export function parseUniswapClaims(json: Json, keccak: Keccak = keccak256): Distribution {
  if (!isJsonObject(json) || !isJsonObject(json.claims)) throw wrongClaims('there are no claims in it');
  const table = createRecipientTable();
  const claims = Object.entries(json.claims).map(([text, claim]) => {
    if (!isJsonObject(claim) || typeof claim.amount !== 'string') throw wrongClaims('a claim has no amount');
    const amount = claim.amount;
    const address = refusing(wrongClaims, () => parseAddress(text, keccak));
    if (address !== text) throw wrongClaims('an address is not spelled as EIP-55 says');
    appendRecipient(
      table,
      address,
      refusing(wrongClaims, () => parseUint256(amount)),
    );
    return { address, claim };
  });
  const distribution = refusing(wrongClaims, () => createDistribution('uniswap', table, { keccak }));
  if (json.merkleRoot !== encodeHash(merkleRoot(distribution.tree))) {
    throw wrongClaims('its root does not follow from its claims');
  }
  if (json.tokenTotal !== evenHex(table.total)) throw wrongClaims('its total is not the sum of its claims');
  const byAddress = new Map(claims.map(({ address, claim }) => [address, claim]));
  for (let index = 0; index < table.count; index += 1) {
    const recipient = recipientAt(distribution, index);
    assertClaim(byAddress.get(recipient.address) ?? {}, recipient, merkleProof(distribution.tree, index));
  }
  return distribution;
}

function assertClaim(claim: JsonObject, { index }: ListedRecipient, proof: readonly Uint8Array[]): void {
  if (claim.index !== index) throw wrongClaims('an index is not the place among the sorted addresses');
  const given = Array.isArray(claim.proof) ? claim.proof : [];
  if (given.length !== proof.length || !proof.every((hash, i) => given[i] === encodeHash(hash))) {
    throw wrongClaims('a proof does not lead to the root');
  }
}

function wrongClaims(why: string): CodedError {
  return new CodedError('merkle.claims', `This is not a claims file: ${why}`, { why });
}

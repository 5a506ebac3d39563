import { inflateSync } from 'node:zlib';
import { type Outcome, type Position, parseCredential, parseJws } from '@holdfast/core';
import type { World } from '../world.ts';
import { HARBOUR, type IssuerNode } from './issuer-node.ts';

/** W3C Bitstring Status List asks for so many, for the privacy of the herd. */
const SMALLEST_LIST = 131_072;
/** Fewer people tell nothing about an order. */
const FEWEST_OF_A_HERD = 4;

/** Holds what an issuer hands out, and what it says of it afterwards, against the log. */
export class IssuingLaws {
  readonly #world: World;
  /** A place in a list, to whom it was given. */
  readonly #places = new Map<string, string>();
  #opened: { readonly token: string; readonly packed: Uint8Array } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody has a credential in their hands. */
  receive(label: string, credential: string): void {
    const { oracles, scheduler, issued } = this.#world;
    const parsed = parseCredential(credential);
    const { status, network, exp } = parsed.ok ? parsed : {};
    if (status === undefined || network === undefined || exp === undefined) {
      oracles.expect('list-before-credential', false, scheduler.now, () => `${label} got what names no list`);
      return;
    }
    const place = `${status.uri} ${status.index}`;
    const other = this.#places.get(place);
    this.#places.set(place, label);
    oracles.expect(
      'an-index-is-given-once',
      other === undefined || other === label,
      scheduler.now,
      () => `${place} was given to ${other} and to ${label}`,
    );
    this.#expectList(status.uri, network.size);
    issued.push({
      ...{ name: `${HARBOUR} ${issued.length}`, label, credential },
      ...{ list: status.uri, index: status.index, exp },
    });
  }

  /** A credential never names a list that is not in the log, where it says that it is. */
  #expectList(list: string, size: number): void {
    const { oracles, scheduler, truth } = this.#world;
    const entry = truth.entries[size - 1];
    const said = entry === undefined ? undefined : parseJws(entry).payload;
    oracles.expect(
      'list-before-credential',
      said?.type === 'list' && said.list === list,
      scheduler.now,
      () => `entry ${size - 1} does not open ${list}`,
    );
  }

  /** Once all is healed: everything handed out is remembered, and strangers are told what the network has decided. */
  async prove(node: IssuerNode): Promise<void> {
    const { oracles, scheduler, issued } = this.#world;
    const { issuer } = node;
    oracles.expect('converges-after-healing', issuer !== undefined, scheduler.now, () => 'the issuer is down');
    if (issuer === undefined) return;
    for (const { label, list, index } of issued) {
      const found = await issuer.readIssued(HARBOUR, label);
      oracles.expect(
        'nothing-acknowledged-is-lost',
        found.some((place) => place.list === list && place.index === index),
        scheduler.now,
        () => `${label} holds ${index} of ${list}, which its issuer does not know`,
      );
    }
    this.checkTokens(node);
    this.#expectHerd(node);
  }

  /**
   * Nobody is found by where they stand: lists are large and everybody's, and an index says nothing of who came when. Of
   * indices drawn by a permutation hardly any two neighbours in time are neighbours in the list.
   */
  #expectHerd({ follower }: IssuerNode): void {
    const { oracles, scheduler, issued } = this.#world;
    for (const uri of new Set(issued.map(({ list }) => list))) {
      const given = issued.filter(({ list }) => list === uri);
      if (given.length < FEWEST_OF_A_HERD) continue;
      const size = follower?.state.lists.get(uri)?.size ?? 0;
      const steps = given.slice(1).map(({ index }, i) => Math.abs(index - (given[i]?.index ?? 0)));
      const isSpread = steps.filter((step) => step > size / 1000).length > steps.length / 2;
      const what = () => `${uri} has ${size} entries, given as ${given.map(({ index }) => index).join(' ')}`;
      oracles.expect('index-tells-nothing', size >= SMALLEST_LIST && isSpread, scheduler.now, what);
    }
  }

  /**
   * What strangers are told of each list is what the log said at the token's own time, and no revocation that its issuer has
   * read is missing from it.
   */
  checkTokens({ issuer, follower }: IssuerNode): void {
    const read = follower?.position;
    if (issuer === undefined || read === undefined) return;
    for (const [place, { uri, publishedAsOf }] of issuer.readLists(HARBOUR).lists.entries()) {
      if (publishedAsOf === undefined) continue;
      const token = issuer.readListToken(HARBOUR, place + 1);
      for (const { list, index } of this.#world.issued) {
        if (list === uri) this.#checkToken({ list, index, token: token.jwt, asOf: token.asOf, read });
      }
    }
  }

  #checkToken({ list, index, token, asOf, read }: Told): void {
    const { oracles, scheduler, truth } = this.#world;
    const size = truth.sizeAt(asOf);
    const said = this.#statusIn(token, index);
    const positions = [{ ...read, size: size ?? 0, time: asOf }];
    const isSo = size !== undefined && said === truth.statusAt(list, index, { positions });
    const isNew = said === 'revoked' || truth.statusAt(list, index, { positions: [read] }) !== 'revoked';
    const what = () => `${index} of ${list} is ${said} by a token of ${asOf}, its issuer has read ${read.size}`;
    oracles.expect('token-says-what-was-read', isSo && isNew, scheduler.now, what);
  }

  /** Token Status List section 4.1, read by rules of our own; each token is opened once. */
  #statusIn(token: string, index: number): Outcome {
    if (this.#opened?.token !== token) this.#opened = { token, packed: openToken(token) };
    const value = ((this.#opened.packed[index >> 2] ?? 0) >> (2 * (index & 3))) & 3;
    return (['valid', 'revoked', 'suspended'] as const)[value] ?? 'unknown';
  }
}

type Told = {
  readonly list: string;
  readonly index: number;
  readonly token: string;
  readonly asOf: number;
  /** How far the issuer has read. */
  readonly read: Position;
};

function openToken(token: string): Uint8Array {
  const { status_list: said } = parseJws(token).payload as { status_list?: { lst?: string } };
  return inflateSync(Buffer.from(said?.lst ?? '', 'base64url'));
}

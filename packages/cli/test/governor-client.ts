import { canonicalJson, type Json, type JsonObject, parseUtf8 } from '@holdfast/core';
import type { Signer } from '@holdfast/server/client';
import { type GovernorWorld, settle } from '../../server/test/governor-world.ts';
import type { NetworkClient } from '../src/network-client.ts';

/** The governor of a small world behind the paths that commands ask, without a socket. Everything else throws. */
export function createGovernorClient(world: GovernorWorld): NetworkClient {
  const { governor } = world;
  let keys = 0;
  const plain = (value: unknown) => JSON.parse(canonicalJson(value)) as JsonObject;
  const nothing = async () => {
    throw new Error('these commands ask nothing else');
  };
  return {
    url: 'http://governor.example',
    get: async (path) => {
      if (path === '/rulebook') return plain(await governor.rulebook());
      if (path === '/parties') return plain(await governor.parties());
      if (path === '/decisions') return plain({ decisions: await governor.list() });
      const [, id = ''] = /^\/decisions\/([^/]+)\/openings$/.exec(path) ?? [];
      return plain(await governor.openings(id));
    },
    post: async (path, body, headers = {}) => {
      const json = body as Json & { approval: string };
      const [, id] = /^\/decisions\/([^/]+)\/approvals$/.exec(path) ?? [];
      if (id === undefined)
        return plain(await governor.propose(json as never, headers['idempotency-key'] ?? `key ${keys++}`));
      const answer = governor.approve(id, json.approval);
      answer.catch(() => undefined);
      await settle();
      if (world.log.state.position?.size !== world.log.state.tree.size) world.epoch();
      await settle();
      return plain(await answer);
    },
    put: nothing,
    remove: nothing,
    getList: nothing,
    getBytes: nothing,
  };
}

/** An officer of the world at their desk. */
export function officerOf(world: GovernorWorld, id: string): { readonly signer: Signer; readonly name: string } {
  const key = world.signatures.key(id);
  const signer: Signer = {
    create: async () => key.jwk,
    readNames: async () => ['approval'],
    readPublicKey: async () => key.jwk,
    sign: async (_, bytes) => key.sign(parseUtf8(bytes)),
  };
  return { signer, name: 'approval' };
}

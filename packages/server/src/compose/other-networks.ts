import { CodedError, isCodedError, isRecognising, type NetworkView } from '@holdfast/core';
import { type Follower, MAX_OTHER_NETWORKS, mayFollow, type OtherFollowers } from '@holdfast/verifier';
import { createHttpNetwork } from '../adapters/http-network/http-network.ts';
import type { Database } from '../adapters/postgres/database.ts';
import { followerStoreMigrations } from '../adapters/postgres/follower-store.ts';
import { roleOf } from '../adapters/postgres/role.ts';
import type { VerifierFeed } from '../roles/verifier/neighbours.ts';
import { poolOf } from './bounds.ts';
import { composeFollower, openTables } from './following.ts';
import { readNetworkName } from './network-name.ts';
import type { Platform } from './platform.ts';
import { followedSchema, verifierSchema } from './role-logins.ts';
import { codeIn, signalsOf } from './seeing.ts';

export type OtherNetworksPlace = {
  /** The verifier that follows them. */
  readonly id: string;
  readonly databaseUrl: string;
  /** Name of its own network. */
  readonly network: string;
  /** Where networks answer that are followed whether ours recognises them or not. */
  readonly follow?: readonly string[];
};

/** The networks that one verifier follows beside its own: those it is told to, and those that its own recognises. */
export type OtherNetworks = AsyncDisposable & {
  readonly followers: OtherFollowers;
  readonly feeds: ReadonlyMap<string, VerifierFeed>;
  /** Begins; what cannot be followed yet is tried again with each epoch of `home`. */
  start(home: Pick<Follower, 'subscribe' | 'view'>): void;
};

/**
 * Each has tables of its own, so that a restart forgets nothing that was read. One network is followed once, under the name
 * that its genesis has, whatever answers at an address; beyond `MAX_OTHER_NETWORKS` none is added, and that is logged.
 */
export function composeOtherNetworks(platform: Platform, place: OtherNetworksPlace, stop: AbortSignal): OtherNetworks {
  const { clock } = platform;
  const opened = new AsyncDisposableStack();
  const feeds = new Map<string, VerifierFeed>();
  const followers = new Map<string, Follower>();
  /** At most one try for each network that is recognised or named. */
  const coming = new Map<string, Promise<void>>();

  async function follow(name: string, url: string): Promise<void> {
    const database = opened.use(await openFollowed(place, name, poolOf(platform)));
    const source = createHttpNetwork({ url, clock });
    const { follower } = composeFollower(platform, {
      name: `verifier ${place.id}`,
      network: name,
      source,
      database,
    });
    opened.use(follower);
    await follower.start(stop);
    followers.set(name, follower);
    feeds.set(name, { follower, past: follower.past });
  }

  /** One try at a time; what fails is tried again with the next epoch. */
  function add(key: string, work: () => Promise<void>): void {
    if (coming.has(key) || stop.aborted) return;
    const trying = work()
      .catch((error: unknown) => signalsOf(platform).networkNotFollowed({ verifier: place.id, why: codeIn(error) }))
      .finally(() => coming.delete(key));
    coming.set(key, trying);
  }

  function addNetwork(name: string, url: string): void {
    if (name === place.network || followers.has(name)) return;
    add(name, async () => {
      if (followers.size >= MAX_OTHER_NETWORKS) {
        throw new CodedError('follow.too-many', `${MAX_OTHER_NETWORKS} networks are followed beside our own already.`);
      }
      await follow(name, url);
    });
  }

  const named = new Set<string>();
  function look(view: NetworkView): void {
    for (const url of place.follow ?? []) {
      if (named.has(url)) continue;
      add(url, async () => {
        const name = await readNetworkName(url, clock);
        named.add(url);
        addNetwork(name, url);
      });
    }
    for (const record of view.recognitions?.values() ?? []) {
      const { network, url } = record.recognition;
      if (url !== undefined && isRecognising(record, view.position.time) && mayFollow(url)) addNetwork(network, url);
    }
  }

  return {
    followers,
    feeds,
    start(home) {
      opened.defer(home.subscribe(look));
      const view = home.view();
      if (view !== undefined) look(view);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(coming.values());
      await opened.disposeAsync();
    },
  };
}

/** Its tables are the verifier's own, so that it needs no other login for them. */
async function openFollowed(
  { databaseUrl, id }: OtherNetworksPlace,
  network: string,
  pool: ReturnType<typeof poolOf>,
): Promise<Database> {
  const schema = followedSchema(id, network);
  try {
    return await openTables(databaseUrl, schema, followerStoreMigrations, {
      ...pool,
      role: roleOf(verifierSchema(id)),
    });
  } catch (error) {
    // Made by an older version under a role of its own, and not handed over: the login of this process may use both.
    if (!isCodedError(error) || error.details.owner !== roleOf(schema)) throw error;
    return openTables(databaseUrl, schema, followerStoreMigrations, pool);
  }
}

import {
  bundleUnproved,
  CodedError,
  encodeBase64url,
  encodeUtf8,
  isCodedError,
  type NetworkView,
  type OfflineBundle,
  type OfflineNetwork,
  openOfflineBundle,
  type Position,
  parseOfflineBundle,
  sha256,
} from '@holdfast/core';
import { logKeyOf, openCheckpoint } from '../follow/proved-entries.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { createWebEngine } from '../signatures/web-engine.ts';
import { type Clock, createPlatformClock } from '../verify/clock.ts';
import type { FollowedNetwork } from '../verify/followed-network.ts';
import { anchorsOf, type Policy, parsePolicy } from '../verify/policy.ts';
import { createVerifier, type Verifier } from '../verify/verifier.ts';
import type { PathVerifier } from '../x509/certificate-path.ts';
import { createRecordedSources } from './recorded-documents.ts';

/** A verifier that needs nobody: it has read its network up to one position and no further. */
export type OfflineVerifier = Verifier & {
  /** The network's name: base64url SHA-256 of its genesis. */
  readonly network: string;
  readonly position: Position;
  /** The network as it was there. */
  readonly view: NetworkView;
  /** The networks beside it that the bundle holds, by their names, each as it was at a position of its own. */
  readonly recognised: ReadonlyMap<string, NetworkView>;
  /** The bundle's own, or the one that was given instead. */
  readonly policy: Policy;
  readonly bundle: OfflineBundle;
};

export type OpenBundleOptions = {
  /**
   * The name of the network that is meant, as it was learned another way. Without it the bundle is believed about whose it
   * is, and whoever may change the file may put another network into it.
   */
  readonly network?: string;
  /** Instead of the bundle's own. */
  readonly policy?: Policy;
  readonly engine?: SignatureEngine;
  readonly clock?: Clock;
  /** For strangers with certificates: `({ anchors }) => createPathVerifier({ anchors })` of `@holdfast/verifier/x509`. */
  readonly paths?: (trusted: { readonly anchors: readonly (Uint8Array | string)[] }) => Pick<PathVerifier, 'verify'>;
};

/**
 * Opens a bundle from `holdfast bundle make`: every proof is checked up to the signed checkpoint before anything is judged by
 * it. Verdicts are those of a verifier that is cut off at the bundle's position; with the time its evidence ages, and the
 * freshness rules of the bundle's own rulebook say what may still follow. Throws `bundle.malformed`, `bundle.other-network`,
 * `bundle.unproved` naming the part that does not hold, `policy.malformed`.
 *
 * @example
 * const verifier = await openBundle(await readFile('bundle.json', 'utf8'), { network: 'the name you were told' });
 * const { verdict } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } });
 */
export async function openBundle(text: string, options: OpenBundleOptions = {}): Promise<OfflineVerifier> {
  const { engine = createWebEngine(), clock = createPlatformClock() } = options;
  const bundle = parseOfflineBundle(text);
  const network = nameOf(bundle);
  if (options.network !== undefined && options.network !== network) throw otherNetwork(options.network, network);
  const policy = options.policy ?? parsePolicy(bundle.policy);
  const view = await openPart(underPolicy(bundle, policy), engine);
  const recognised = await openRecognised(bundle, engine);
  const followers = new Map([...recognised].map(([name, other]) => [name, cutOff(other, clock)]));
  const paths = options.paths?.({ anchors: anchorsOf(policy) });
  const foreign = createRecordedSources({ documents: bundle.documents ?? [], engine, policy, paths });
  const verifier = createVerifier({ follower: cutOff(view, clock), followers, engine, foreign, policy, clock });
  return { ...verifier, network, position: view.position, view, recognised, policy, bundle };
}

function nameOf({ network }: OfflineNetwork): string {
  return encodeBase64url(sha256(encodeUtf8(network.genesis)));
}

/** One network, every proof and signature of it checked up to the log's checkpoint. */
async function openPart(part: OfflineNetwork, engine: SignatureEngine): Promise<NetworkView> {
  const { view, checks } = openOfflineBundle(part, nameOf(part));
  const results = await engine.verify(checks.map(({ check }) => check));
  const broken = checks.find((_, i) => results[i] !== true);
  if (broken !== undefined) throw bundleUnproved(broken.name);
  await assertCheckpoint(part, view, engine);
  return view;
}

/**
 * The networks beside it. Nobody has to say which are meant: one counts by the name that its genesis gives it, as far as the
 * bundle's own network recognises that name.
 */
async function openRecognised(
  { recognised = [] }: OfflineBundle,
  engine: SignatureEngine,
): Promise<ReadonlyMap<string, NetworkView>> {
  const views = new Map<string, NetworkView>();
  for (const part of recognised) {
    try {
      const view = await openPart(underPolicy(part, {}), engine);
      if (views.has(view.name)) throw bundleUnproved('name');
      views.set(view.name, view);
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'bundle.unproved') throw error;
      throw bundleUnproved(`recognised network (${String(error.details.part)})`, error);
    }
  }
  return views;
}

/** Whose witnesses count is the policy's to say: a file that names its own would confirm its own age. */
function underPolicy(bundle: OfflineNetwork, { witnesses }: Pick<Policy, 'witnesses'>): OfflineNetwork {
  const { witnessed, ...network } = bundle.network;
  if (witnessed === undefined && witnesses === undefined) return bundle;
  const said = { notes: witnessed?.notes ?? [], ...(witnesses === undefined ? {} : { policy: witnesses }) };
  return { ...bundle, network: { ...network, witnessed: said } };
}

/** That the log itself signed the tree in which the epoch is proved, under the key its rulebook names. */
async function assertCheckpoint(bundle: OfflineNetwork, view: NetworkView, engine: SignatureEngine): Promise<void> {
  const { log, size, root } = view.position;
  try {
    if (view.rulebook === undefined) throw bundleUnproved('rulebook');
    const signed = await openCheckpoint(bundle.checkpoint, logKeyOf(view.rulebook.body), engine);
    if (signed.origin === log && signed.size === size && encodeBase64url(signed.root) === root) return;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw bundleUnproved('checkpoint', error);
  }
  throw bundleUnproved('checkpoint');
}

/** A network that is not to be reached: how far it was read is how far it is known, while time goes on. */
function cutOff(view: NetworkView, clock: Clock): FollowedNetwork {
  return {
    view: () => view,
    contradiction: undefined,
    now: () => Math.max(clock.now(), view.position.time),
    awaitSize: async (size) => size <= view.position.size,
  };
}

function otherNetwork(expected: string, found: string): CodedError {
  return new CodedError('bundle.other-network', 'This bundle is of another network than the one that is meant.', {
    expected,
    found,
  });
}

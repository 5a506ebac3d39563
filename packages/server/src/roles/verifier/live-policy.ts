import { CodedError, canonicalJson, parseJsonObject } from '@holdfast/core';
import {
  type CheckLanes,
  encodePolicy,
  type LaneStatus,
  type Policy,
  parsePolicy,
  policyDigest,
  type Verifier,
} from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { PolicyRecord, PolicyStore } from '../../ports/policy-store.ts';

/** A policy in force, and how its checks do. */
export type PolicyInForce = {
  readonly policy: Policy;
  readonly digest: string;
  /** Unix milliseconds; 0: since it was set up. */
  readonly since: number;
  readonly checks: Readonly<Record<string, LaneStatus>>;
};

/** The policy of a running verifier. */
export type LivePolicy = {
  /** Judges by whatever policy is in force when a question comes; questions under way keep the one they began with. */
  readonly verifier: Verifier;
  current(): PolicyInForce;
  /**
   * Puts another policy in force, at once and as a whole, if `expected` is the digest of the one in force. Throws
   * `policy.changed` when it is not, and what the new policy gets wrong; then the old one stays.
   */
  replace(policy: Policy, expected: string): Promise<PolicyInForce>;
  /** Puts in force what another process of this verifier was given. Throws what the store throws; then the old one stays. */
  refresh(): Promise<void>;
};

export type LivePolicyOptions = {
  readonly store: PolicyStore;
  readonly clock: Clock;
  readonly lanes: CheckLanes;
  /** In force until another one was given. */
  readonly configured: Policy;
  /** The library under one policy. Throws what is wrong with the policy. */
  readonly build: (policy: Policy) => Promise<Verifier>;
};

const BOUNDS = { maxLength: 4_000_000, maxDepth: 16 };

/** Starts with the policy that was given last. A check keeps its lane through every policy that names it as it was. */
export async function createLivePolicy(options: LivePolicyOptions): Promise<LivePolicy> {
  const { store, clock, lanes, configured, build } = options;
  const stored = await store.readCurrent();
  let inForce = await open(stored?.text === undefined ? configured : parseStored(stored), stored?.since ?? 0);
  let isStored = stored !== undefined;

  async function open(policy: Policy, since: number) {
    return { policy, digest: policyDigest(policy), since, verifier: await build(policy) };
  }

  const current = (): PolicyInForce => {
    const { policy, digest, since } = inForce;
    const status = lanes.status();
    const checks = (policy.checks ?? []).flatMap(({ id }) => {
      const lane = status.get(id);
      return lane === undefined ? [] : [[id, lane] as const];
    });
    return { policy, digest, since, checks: Object.fromEntries(checks) };
  };

  /** Another process of this verifier has been given one: it is ours too. */
  async function refresh(): Promise<void> {
    const winner = await store.readCurrent();
    if (winner === undefined || winner.digest === inForce.digest) return;
    const policy = parseStored(winner);
    inForce = await open(policy, winner.since);
    isStored = true;
    lanes.retain(policy);
  }

  return {
    refresh,
    verifier: {
      get policyDigest() {
        return inForce.digest;
      },
      verify: (text, request, asked) => inForce.verifier.verify(text, request, asked),
    },
    current,
    async replace(policy, expected) {
      if (expected !== inForce.digest) throw changed(inForce.digest);
      // Everything that can go wrong goes wrong here, while the old one is in force.
      const next = await open(policy, clock.now());
      const text = canonicalJson(encodePolicy(policy));
      const record = { digest: next.digest, text, since: next.since };
      if (!(await store.replace(record, isStored ? expected : undefined))) {
        await refresh();
        throw changed(inForce.digest);
      }
      isStored = true;
      inForce = next;
      lanes.retain(policy);
      return current();
    },
  };
}

function parseStored({ text }: PolicyRecord): Policy {
  return parsePolicy(parseJsonObject(text, BOUNDS));
}

function changed(digest: string): CodedError {
  return new CodedError('policy.changed', 'Another policy is in force by now than the one you changed.', { digest });
}

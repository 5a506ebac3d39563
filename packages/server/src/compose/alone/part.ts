import type { NetworkState, Party } from '@holdfast/core';
import type { FeedSource } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { Door } from '../../http/admission/door.ts';
import type { LoadPorts } from '../../http/admission/load-route.ts';
import type { HandoffSource } from '../../http/handoffs.ts';
import type { OperatorKeys } from '../../http/operators.ts';
import type { Erasable } from '../../ports/erasable.ts';
import type { Network } from '../../ports/network.ts';
import type { FactSource } from '../../roles/overview/fact-source.ts';
import type { OverviewDesk } from '../../roles/overview/overview-desk.ts';
import type { GaugeSource } from '../../seeing/registry.ts';
import type { Platform } from '../platform.ts';
import type { RoleLogins } from '../role-logins.ts';

/** What a role that runs alone is given: its own keys, a login of its own, and its neighbours by their addresses. */
export type PartPlace = {
  readonly platform: Platform;
  readonly app: FastifyInstance;
  readonly operators: OperatorKeys;
  readonly logins: RoleLogins;
  readonly stop: AbortSignal;
  /** What it opens is closed with the process. */
  readonly started: AsyncDisposableStack;
  readonly origin: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  /** The name of its network, and the way there. */
  readonly network: string;
  readonly source: FeedSource & Pick<Network, 'append'>;
  readonly networkUrl: string;
  /** Where its governor answers. */
  readonly governorUrl: string;
  readonly follow: readonly string[];
  /** Where NATS hands epochs on, if it does. */
  readonly feedUrl?: string | undefined;
  /** Whether a request is to be answered from what is at hand. */
  readonly isShed: Door['isShed'];
  /** Other processes of the same roles may run on this database. */
  readonly isShared: boolean;
  /** This process among those, and where they reach it. */
  readonly by: { readonly holder: string; readonly address: string };
};

/** A role that runs. */
export type Part = {
  readonly name: string;
  /** Whose it is, where it is somebody's; default whoever runs it. */
  readonly owner?: string;
  /** In a word; 'ready' when it can do its work. */
  readonly readiness: () => Promise<string>;
  /** Who it is towards officers, where they have to accredit it. */
  readonly party?: Party;
  readonly handoffs?: HandoffSource;
  /** What it says of itself to whoever gathers what is wrong, besides its readiness, its disk and its handoffs. */
  readonly facts?: readonly FactSource[];
  /** Where it says so; default by its name. */
  readonly factsPath?: string;
  /** Crossings of the whole network, where it gathers them from everybody: instead of its own. */
  readonly crossings?: readonly HandoffSource[];
  /** What it says in numbers, besides its handoffs and backlogs. */
  readonly numbers?: readonly GaugeSource[];
  /** What it read last of all that can be wrong, where it looks. */
  readonly overview?: OverviewDesk['latest'];
  /** Roles that answer at this origin, where it knows of more than those of its own process. */
  readonly answered?: readonly string[];
  /** What it keeps of people, for an eraser wherever that runs. */
  readonly erasables?: readonly Erasable[];
  /** The network as it is folded here, where the door tells officers and programs apart. */
  readonly state?: () => Readonly<NetworkState>;
  readonly backlogs?: NonNullable<LoadPorts['backlogs']>;
  /** Hands over what only one process does, before the door closes. */
  readonly yieldTurn?: () => Promise<void>;
  /** Begins what needs the door to be open. */
  readonly work?: () => void;
};

import { CodedError, isCodedError, type Verdict, type VerdictRequest } from '@holdfast/core';
import { createApproval, type Governor } from '@holdfast/server/roles';
import { LIST } from '../holders.ts';
import { receive } from '../issuing/receiving.ts';
import type { Sent } from '../money/money.ts';
import { OFFICERS } from '../world.ts';
import type { Stage } from './stage.ts';

/** What people try. `view` and `pay` are at a verifier; `paid` is what comes of an application that was accepted. */
export const ACTIONS = ['view', 'pay', 'revoke', 'issue', 'apply', 'paid'] as const;
export type Action = (typeof ACTIONS)[number];

/** One try, and when it is really done: what was promised has happened, or can no longer happen. */
export type Trial = {
  /** What whoever asked hears; rejects with a coded error, or when nobody answers. */
  readonly answer: Promise<string>;
  readonly isDone: () => boolean | Promise<boolean>;
};

export function tryAction(stage: Stage, action: Exclude<Action, 'paid'>): Trial {
  switch (action) {
    case 'view':
    case 'pay':
      return verify(stage, action);
    case 'revoke':
      return revoke(stage);
    case 'issue':
      return issue(stage);
    case 'apply':
      return apply(stage, stage.money.sent.find(isHonest));
    default:
      return action satisfies never;
  }
}

function verify({ world }: Stage, action: 'view' | 'pay'): Trial {
  const [node] = world.verifiers();
  const request: VerdictRequest = { class: action, freshness: { mode: 'any' } };
  let last: Verdict | undefined;
  const ask = async () => {
    last = (await node?.verify(world.holders[0]?.credential ?? '', request))?.verdict;
    if (last === undefined) throw silent();
    return `${last.outcome}, ${last.freshness}: ${last.allows.effect}`;
  };
  return {
    answer: ask(),
    isDone: async () => {
      await ask().catch(() => undefined);
      return last?.outcome === 'valid' && last.allows.effect === 'final';
    },
  };
}

/** Two officers revoke; each asks the governor until it has answered. */
function revoke({ world, desk }: Stage): Trial {
  const target = { list: LIST, index: 1 };
  const ask = <Answer>(work: (governor: Governor) => Promise<Answer>) =>
    desk.ask(() => world.governor().governor, work, silent);
  const decide = async (): Promise<string> => {
    const request = { power: 'revoke', class: 'residence-ended', targets: [target], reason: 'outage' } as const;
    const { id, digest } = await ask((governor) => governor.propose(request, 'outage'));
    let state = 'collecting';
    for (const officer of OFFICERS) {
      const approval = await createApproval(world.signer, officer, digest);
      state = (await ask((governor) => governor.approve(id, approval))).state;
    }
    return `decision ${state}`;
  };
  const answer = decide();
  const insist = (): void => {
    decide().catch(() => world.scheduler.after(1000, insist));
  };
  answer.catch(insist);
  const isRevoked = () => world.verifiers()[0]?.follower?.state.lists.get(LIST)?.values[target.index] === 1;
  return { answer, isDone: isRevoked };
}

function issue({ world, harbour }: Stage): Trial {
  let isDone = false;
  const person = { label: 'outage', key: world.signatures.createKey('ES256') };
  const answer = receive(world, harbour, person).then(() => {
    isDone = true;
    return 'credential issued';
  });
  return { answer, isDone: () => isDone };
}

/** Somebody applies, again and again until there is an answer. */
export function apply({ world, money }: Stage, sent: Sent | undefined): Trial {
  if (sent === undefined) throw new Error('Nobody applies in this rehearsal.');
  const { program, application, presentation } = sent;
  const ask = async () => {
    const { acknowledgement } = await money.lines.door.ask(
      () => money.distributor.running,
      ({ distributor }) => distributor.apply(program.id, { application, presentation }),
      silent,
    );
    sent.acknowledgement = acknowledgement;
    return 'acknowledged';
  };
  const answer = ask();
  const insist = (): void => {
    ask().catch((error) => {
      if (isCodedError(error) && error.code === SILENT) world.scheduler.after(1000, insist);
    });
  };
  answer.catch(insist);
  return { answer, isDone: () => sent.acknowledgement !== undefined };
}

export function isHonest({ kind }: Sent): boolean {
  return kind === 'honest';
}

const SILENT = 'network.unreachable';

function silent(): CodedError {
  return new CodedError(SILENT, 'Nobody answers.');
}

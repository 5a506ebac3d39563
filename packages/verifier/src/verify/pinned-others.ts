import type { NetworkView, ParsedCredential, Position } from '@holdfast/core';
import type { PastLog } from '../follow/past-log.ts';
import type { OtherFollowers, Unpinned } from './other-networks.ts';
import { createPinnedViews, type Pin, type PinnedViews, type PinOptions, standStill } from './pinned-views.ts';

/** The networks beside the verifier's own as of a moment that was asked for. */
export type OthersThen = { readonly followers: OtherFollowers; readonly unpinnedOthers: Unpinned };

export type PinnedOthers = {
  /** As `recognised` of the request names them. Never throws. */
  find(question: PinnedQuestion, options: PinOptions): Promise<OthersThen>;
};

type PinnedQuestion = {
  readonly parse: ParsedCredential;
  readonly recognised: readonly Position[];
  /** The verifier's own network as of then. */
  readonly home: NetworkView;
};

/**
 * Other networks at the positions that are named of them. Looked up are those only that the credential can be of: each is a
 * log folded again, and one that is not to be had delays nobody else's credentials.
 */
export function createPinnedOthers(
  followers: OtherFollowers | undefined,
  pastOf: ((network: string) => PastLog | undefined) | undefined,
): PinnedOthers {
  const views = new Map<string, PinnedViews>();

  function viewsOf(name: string): PinnedViews {
    const known = views.get(name) ?? createPinnedViews(followers?.get(name), pastOf?.(name));
    views.set(name, known);
    return known;
  }

  return {
    async find({ parse, recognised, home }, options) {
      const then = new Map(followers);
      const unpinnedOthers = new Map<string, string>();
      for (const [name, follower] of then) {
        const view = follower.view();
        if (view === undefined) continue;
        const position = recognised.find(({ log }) => log === view.position.log);
        if (position === undefined || !mayConcern(parse, home, view)) {
          unpinnedOthers.set(name, 'recognition.not_pinned');
          continue;
        }
        const pin = await viewsOf(name).find(position, options);
        if ('unpinned' in pin) unpinnedOthers.set(name, codeOf(pin));
        else
          then.set(
            name,
            standStill(pin.view, () => follower.contradiction),
          );
      }
      return { followers: then, unpinnedOthers };
    },
  };
}

/** Issuers are never taken out of a network, so whoever it listed then it lists now. */
function mayConcern(parse: ParsedCredential, home: NetworkView, view: NetworkView): boolean {
  if (!parse.ok) return false;
  const { issuer = '', network } = parse;
  if (home.parties.get(issuer)?.kind === 'issuer') return false;
  return view.parties.get(issuer)?.kind === 'issuer' || network?.log === view.position.log;
}

function codeOf({ unpinned }: Extract<Pin, { unpinned: string }>): string {
  const isComing = unpinned === 'position.not_ready' || unpinned === 'position.ahead';
  return isComing ? 'recognition.not_ready' : 'recognition.not_held';
}

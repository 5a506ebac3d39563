import { createNetworkState, type NetworkView, type StatusList } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { networkView } from '../../../../core/test/judgement.ts';
import { readList } from './list-tokens.ts';
import type { IssuerFollower } from './neighbours.ts';

function followerOf(view: NetworkView | undefined, contradiction?: string): IssuerFollower {
  const state = createNetworkState();
  return { view: () => view, state, contradiction, awaitSize: async () => false, subscribe: () => () => undefined };
}

describe('what an issuer may say of a list', () => {
  const view = networkView();
  const [list] = [...view.lists.values()] as [StatusList];
  const ours = { uri: list.id, key: list.key };

  it('is what the last epoch said, as of its time', () => {
    expect(readList(followerOf(view), ours)).toMatchObject({ values: list.values, asOf: view.position.time });
  });

  it('is nothing before it was read, for a list it has not read, or one of another key', () => {
    expect(readList(followerOf(undefined), ours)).toBeUndefined();
    expect(readList(followerOf(view), { ...ours, uri: 'https://issuer.example/status/civic/9' })).toBeUndefined();
    expect(readList(followerOf(view), { ...ours, key: 'k'.repeat(43) })).toBeUndefined();
  });

  it('is nothing once the feed has contradicted itself', () => {
    expect(readList(followerOf(view, 'feed.fork'), ours)).toBeUndefined();
  });
});

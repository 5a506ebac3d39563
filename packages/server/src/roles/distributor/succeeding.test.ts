import { applicationDigest, applicationNonce, sha256Base64url } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { ORGANISER } from '../../../../core/test/test-program.ts';
import { present } from '../../../../verifier/test/verify-world.ts';
import { type Applicant, createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';

type Sent = ReturnType<DistributorWorld['sent']>;

function digestOf({ application, presentation }: Sent): string {
  return applicationDigest(application, sha256Base64url(presentation));
}

/** What the wallet sends for an application that it has sent before, with another credential. */
function newer(world: DistributorWorld, { application }: Sent, person: Applicant): string {
  const iat = Math.floor(world.verifiers.clock.now() / 1000);
  return present(person.credential, person.holder, { nonce: applicationNonce(application), audience: ORGANISER, iat });
}

async function paymentOf(world: DistributorWorld, sent: Sent) {
  return (await world.distributor.application(world.program.id, digestOf(sent))).payment?.state;
}

/** One person has applied, and the credential is replaced before the window ends, with others who have not moved. */
async function replacedBeforeSeal() {
  const world = await createDistributorWorld();
  const [ada, grace] = [world.person('R-ada'), world.person('R-grace')];
  const sent = [ada, grace].map((person) => world.sent(person));
  for (const one of sent) await world.distributor.apply(world.program.id, one);
  world.verifiers.feed.log.supersede([ada.index]);
  await world.close();
  await world.work();
  const [own, other] = sent;
  if (own === undefined || other === undefined) throw new Error('two have applied');
  return { world, ada, own, other };
}

describe('an application whose credential is replaced before the seal', () => {
  it('keeps its place: its money is set aside, and paid once the newer one is shown', async () => {
    const { world, own, other } = await replacedBeforeSeal();
    await using _ = world;
    expect([await paymentOf(world, own), await paymentOf(world, other)]).toEqual(['reserved', 'carried']);
    const view = await world.distributor.succeed(
      world.program.id,
      digestOf(own),
      newer(world, own, world.person('R-ada')),
    );
    expect(view.payment?.state).toBe('posted');
    await world.work();
    expect(await paymentOf(world, own)).toBe('carried');
    expect(world.events.filter(({ code }) => code === 'payment.refused')).toEqual([]);
  });

  it('shown twice pays once', async () => {
    const { world, own } = await replacedBeforeSeal();
    await using _ = world;
    const shown = newer(world, own, world.person('R-ada'));
    for (let i = 0; i < 2; i += 1) await world.distributor.succeed(world.program.id, digestOf(own), shown);
    await world.work();
    const { payments } = await world.distributor.find(world.program.id);
    expect(payments.carried?.count).toBe(2);
  });

  it('takes no credential of somebody else, none that was replaced itself, and none shown for another application', async () => {
    const { world, ada, own, other } = await replacedBeforeSeal();
    await using _ = world;
    const refusals: [string, string][] = [
      [newer(world, own, world.person('R-grace')), 'application.duplicate_person'],
      [newer(world, own, ada), 'application.held'],
      [newer(world, other, world.person('R-ada')), 'application.credential_invalid'],
      ['not a credential', 'format.malformed'],
    ];
    for (const [shown, why] of refusals) {
      const answer = world.distributor.succeed(world.program.id, digestOf(own), shown);
      const expected = why === 'application.held' ? { code: 'application.successor-early' } : { details: { why } };
      await expect(answer, why).rejects.toMatchObject(expected);
    }
    expect(await paymentOf(world, own)).toBe('reserved');
  });

  it('returns to the program when nobody shows a newer one in time', async () => {
    const { world, own } = await replacedBeforeSeal();
    await using _ = world;
    await world.epoch(world.verifiers.clock.now() + world.program.confirm.withinMs + 1);
    await world.work();
    expect(await paymentOf(world, own)).toBe('voided');
    const answer = world.distributor.succeed(world.program.id, digestOf(own), newer(world, own, world.person('R-ada')));
    await expect(answer).rejects.toMatchObject({ code: 'application.successor-late' });
  });

  it('counts the person once, by the newer credential, when they applied with both', async () => {
    const world = await createDistributorWorld();
    await using _ = world;
    const [older, later] = [world.person('R-ada'), world.person('R-ada')];
    // Whichever digest is lower: the one that need not be confirmed counts.
    for (let i = 0; i < 3; i += 1) await world.distributor.apply(world.program.id, world.sent(older));
    const good = world.sent(later);
    await world.distributor.apply(world.program.id, good);
    world.verifiers.feed.log.supersede([older.index]);
    await world.close();
    await world.work();
    expect(await paymentOf(world, good)).toBe('carried');
    const { applications } = await world.distributor.find(world.program.id);
    expect(applications).toMatchObject({ admitted: 1, refused: 3 });
  });

  it('is voided like any other once officers revoke what was replaced', async () => {
    const { world, ada, own } = await replacedBeforeSeal();
    await using _ = world;
    world.verifiers.feed.log.revoke([{ list: 'https://civic.example/lists/1', index: ada.index }]);
    await world.epoch();
    await world.work();
    // Nothing was kept to confirm it by; so it waits for its time, and is then returned and not paid.
    await world.epoch(world.verifiers.clock.now() + world.program.confirm.withinMs + 1);
    await world.work();
    expect(await paymentOf(world, own)).toBe('voided');
  });
});

describe('a program that pays at once', () => {
  it('tells whoever comes with a replaced credential to come with the newer one, and nobody counts twice', async () => {
    const world = await createDistributorWorld({
      program: (program) => ({
        ...program,
        allocation: { mode: 'instant', amount: '10', maxRecipients: 10 },
      }),
    });
    await using _ = world;
    const older = world.person('R-ada');
    const first = world.sent(older);
    world.verifiers.feed.log.supersede([older.index]);
    await world.epoch();
    await world.distributor.apply(world.program.id, first);
    await world.work();
    const view = await world.distributor.application(world.program.id, digestOf(first));
    expect(view).toMatchObject({ state: 'refused', code: 'application.credential_superseded' });
    const second = world.sent(world.person('R-ada'));
    await world.distributor.apply(world.program.id, second);
    await world.work();
    expect(['posted', 'carried']).toContain(await paymentOf(world, second));
    const { applications } = await world.distributor.find(world.program.id);
    expect(applications.admitted).toBe(1);
  });
});

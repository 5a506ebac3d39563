import { keysInForce } from '@holdfast/core';
import { createFollower, createFollowerStoreMemory } from '@holdfast/verifier';
import { z } from 'zod';
import { createHttpErasable, createHttpPart } from '../../adapters/http-verifier/http-erasable.ts';
import { createHttpVerification } from '../../adapters/http-verifier/http-verifier.ts';
import { eraserRoutes } from '../../http/eraser/eraser-routes.ts';
import { composeEraser } from '../erasing.ts';
import { watchFollower } from '../seeing.ts';
import { readDescription } from './description.ts';
import type { Part, PartPlace } from './part.ts';

const name = z.string().min(1).max(100);

/** `eraser.json`: who keeps something about people, and the verifier whose word on a presentation counts. */
export const eraserDescriptionSchema = z.strictObject({
  parts: z.array(z.string().regex(/^[a-z]{1,32}$/)).max(16),
  verifiers: z.array(name).min(1).max(64),
});

export type EraserDescription = z.infer<typeof eraserDescriptionSchema>;

/**
 * The eraser alone: it asks the others by their addresses, with the operator's key that they all have. It keeps no log of its own: what it
 * needs of the network (who is an officer) it reads anew at each start.
 */
export async function startEraserPart(
  place: PartPlace,
  operatorKey: string,
  /** Whom it asks where its data folder does not say. */
  usual: EraserDescription | undefined,
): Promise<Part> {
  const { platform, app, logins, stop, started, networkUrl: url } = place;
  const { parts, verifiers } = await readDescription(place.dataFolder, 'eraser.json', eraserDescriptionSchema, usual);
  const { clock, entropy, engine } = platform;
  const follower = started.use(
    createFollower({
      ...{ network: place.network, source: place.source, store: createFollowerStoreMemory(), beginAt: 'snapshot' },
      ...{ engine, clock, entropy },
    }),
  );
  watchFollower(platform, 'eraser', follower);
  await follower.start(stop);
  const [asked = ''] = verifiers;
  const verification = createHttpVerification({
    ...{ url, verifier: asked, operatorKey, engine },
    verdictKeys: () => keysInForce(follower.state.parties.get(asked), 'verdict', follower.state.time),
  });
  const composed = started.use(
    await composeEraser(
      platform,
      {
        ...{ origin: place.origin, keysFolder: place.keysFolder, databaseUrl: await logins.of('eraser') },
        parts: [
          ...parts.map((part) => createHttpPart({ url, part, operatorKey })),
          ...verifiers.map((verifier) => createHttpErasable({ url, verifier, operatorKey })),
        ],
        state: () => follower.state,
        verify: async (question) => {
          const want = { class: 'view', freshness: { mode: 'any' } } as const;
          return (await verification.verify({ ...question, want })).verdict;
        },
      },
      stop,
    ),
  );
  eraserRoutes(app, composed);
  const readiness = async () => (follower.position === undefined ? 'has read nothing yet' : 'ready');
  return { name: 'eraser', readiness, state: () => follower.state };
}

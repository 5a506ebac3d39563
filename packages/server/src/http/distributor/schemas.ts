import { z } from 'zod';
import { LEAF_LISTS } from '../../roles/distributor/proofs.ts';

export const programParams = z.object({ program: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/) });
/** Programs come in pages too, in the order of their release. */
export const programsQuery = z.strictObject({ after: programParams.shape.program.optional() });
/** Digests of applications; anything of another shape was never given out. */
export const applicationParams = programParams.extend({ application: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** As in tlog-tiles: hashes of one list, 256 to a tile. */
export const tileParams = programParams.extend({
  list: z.enum(LEAF_LISTS),
  index: z.coerce.number().int().min(0).max(39_063),
});

/** Lists come in pages; `after` is the `next` of the page before. */
export const listsQuery = z.strictObject({ after: applicationParams.shape.application.optional() });

export const transferParams = z.object({ transfer: z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/) });

export const revealBody = z.strictObject({
  party: z.string().min(1).max(200),
  round: z.int().min(0).max(7),
  secret: z.string().length(43),
});

/** What is in an application is the distributor's to read, once; its shape is told by spec/schemas and by its own words. */
export const applyBody = z.strictObject({
  application: z.looseObject({}),
  presentation: z.string().min(1).max(65_536),
});

/** Of the newer credential, bound to the application that it is shown for. */
export const successorBody = applyBody.pick({ presentation: true });

/** Of a request that says everything by its address. */
export const noBody = z.strictObject({}).nullish();

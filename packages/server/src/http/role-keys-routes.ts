import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RoleKey, RoleKeys } from '../role-keys/role-keys.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from './operators.ts';
import { useStrictJson } from './strict-body.ts';

const MAX_BODY = 1024;

/** The public half of a key; the other half stays in the folder of keys of its role. */
const keyAnswer = z.object({ kid: z.string(), key: z.record(z.string(), z.string()) });
const use = z.string();

/** `inUse`: thumbprint of the key that signs until officers name this one. */
export const preparedKeyAnswer = keyAnswer.extend({ party: z.string(), use, inUse: z.string().optional() });

export async function prepareShown(keys: RoleKeys): Promise<z.infer<typeof preparedKeyAnswer>> {
  const made = await keys.prepare();
  const inUse = keys.peek()?.kid;
  return { party: keys.party, use: keys.use, ...shown(made), ...(inUse === undefined ? {} : { inUse }) };
}

export type RoleKeysDoor = {
  /** As `/keys/distributor`, `/v/north/keys`. */
  readonly path: string;
  readonly keys: RoleKeys;
  readonly operators: OperatorKeys;
};

/** Which keys a role holds, and the next one for officers to name. For operators; none of them can make a key count. */
export function roleKeysRoutes(app: FastifyInstance, { path, keys, operators }: RoleKeysDoor): void {
  const security = [{ operator: [] }];
  const whose = { party: keys.party, use: keys.use };
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    useStrictJson(plain, MAX_BODY);
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    const named = { party: z.string(), use };
    const standing = z.object({
      ...named,
      inUse: keyAnswer.optional(),
      prepared: z.array(keyAnswer),
      missing: z.string().optional(),
    });
    scope.get(path, { schema: { security, response: { 200: standing } } }, async () => {
      const { inUse, prepared, missing } = await keys.read();
      return {
        ...whose,
        ...(inUse === undefined ? {} : { inUse: shown(inUse) }),
        prepared: prepared.map(shown),
        ...(missing === undefined ? {} : { missing }),
      };
    });
    scope.post(path, { schema: { security, response: { 201: preparedKeyAnswer } } }, async (_, reply) =>
      reply.code(201).send(await prepareShown(keys)),
    );
  });
}

function shown({ kid, key }: RoleKey) {
  return { kid, key: { ...key } as Record<string, string> };
}

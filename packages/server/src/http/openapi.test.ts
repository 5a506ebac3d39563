import { expect, test } from 'vitest';
import { z } from 'zod';
import { openapiRoute } from './openapi.ts';
import { createHttpServer } from './server.ts';

test('every route with a schema is described, by the schema that checks it', async () => {
  const app = await createHttpServer(false);
  await openapiRoute(app);
  app.register(async (scope) => {
    scope.post('/things', { schema: { body: z.object({ name: z.string().max(9) }) } }, async () => ({}));
  });
  const response = await app.inject('/openapi.json');
  expect(response.statusCode).toBe(200);
  const { paths } = response.json<{ paths: Record<string, { post: { requestBody: unknown } }> }>();
  expect(JSON.stringify(paths['/things']?.post.requestBody)).toContain('"maxLength":9');
  await app.close();
});

import { CodedError, parseJson, parseUtf8 } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';

/**
 * Reads JSON bodies of this scope with core's strict parser: a member that appears twice, half a character or an abyss
 * of nesting is refused here, and not read in one way by us and in another by whoever looks at the same bytes later.
 */
export function useStrictJson(scope: FastifyInstance, maxLength: number): void {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: maxLength },
    async (_request: unknown, body: string | Buffer) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      if (bytes.length === 0) throw new CodedError('request.malformed', 'The body is empty; JSON was expected.');
      return parseJson(parseUtf8(bytes), { maxLength, maxDepth: 12 });
    },
  );
}

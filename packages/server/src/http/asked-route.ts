import type { FastifyRequest } from 'fastify';

/** What a request asks for, as its route was declared; no `url` where there is no such route. */
export type AskedRoute = { readonly url: string | undefined; readonly bodyLimit: number };

const ROUTE = Symbol('route');

/** Read once: Fastify makes and freezes a description of a dozen members each time it is asked, and everybody at the door asks. */
export function routeOf(request: FastifyRequest & { [ROUTE]?: AskedRoute }): AskedRoute {
  const known = request[ROUTE];
  if (known !== undefined) return known;
  const { url, bodyLimit } = request.routeOptions;
  const route = { url, bodyLimit };
  request[ROUTE] = route;
  return route;
}

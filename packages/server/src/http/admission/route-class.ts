import type { AdmissionClass } from '@holdfast/core';

/**
 * How a route is let in. `gated`: by its class. `word`: officers' signatures in its body make it `govern`, nothing else.
 * `keyed`: an operator's key makes it `govern`, for a small share. `verdict`: who is shed gets a verdict from what is here.
 * `free`: bounded elsewhere, and cheaper than a queue.
 */
export type RouteKind = 'gated' | 'word' | 'keyed' | 'verdict' | 'free';
export type RouteClass = { readonly kind: RouteKind; readonly class: AdmissionClass };

type Rule = readonly [method: 'GET' | 'POST' | '*', path: RegExp, kind: RouteKind, name: AdmissionClass];

/**
 * The first that fits. Streams have bounds of their own, and hold no place; what a verifier in another process answers is
 * let in there. Feed, log and lists carry decisions to everybody: nobody waits for them behind those who look around.
 */
const RULES: readonly Rule[] = [
  ['*', /^\/(healthz|readyz|load|metrics)$/, 'free', 'observe'],
  ['*', /^\/feed$|\/events$/, 'free', 'settle'],
  // Built pages lie in memory: sending one costs what a refusal does, and half a page is what an officer cannot decide with.
  ['GET', /^\/(console(\/.*)?|check|wallet|clerk)$/, 'free', 'observe'],
  ['POST', /^\/decisions\/:id\/approvals$|^\/cases\/:id\/steps\/:step\/approvals$/, 'word', 'observe'],
  // How a governor in another process brings a decision to the log.
  ['POST', /^\/log\/statements$/, 'word', 'settle'],
  ['*', /^\/(decisions|cases|incidents|rulebook|parties|overview|trace|facts)(\/|$)/, 'keyed', 'observe'],
  ['GET', /^\/v\/[^/]+\/facts$/, 'keyed', 'observe'],
  ['*', /^\/(log|status)\//, 'gated', 'settle'],
  ['POST', /^\/ledger\/(orders|balances)$/, 'gated', 'apply'],
  ['*', /^\/(settlement|ledger)\//, 'gated', 'settle'],
  ['POST', /^(\/v\/:verifier)?\/verify$/, 'verdict', 'verify'],
  ['POST', /^(\/v\/:verifier)?\/presentations$|^\/vp\/|\/(confirm|settled)$/, 'gated', 'verify'],
  ['GET', /^(\/v\/:verifier)?\/presentations\/|^\/vp\//, 'gated', 'verify'],
  ['POST', /^\/programs\/|^\/i\//, 'gated', 'apply'],
];

const NOWHERE: RouteClass = { kind: 'free', class: 'observe' };
/** What was found, by method and route: as many as were declared. */
const found = new Map<string, Map<string, RouteClass>>();

/** Of a route as it was declared; what fits no rule is looked at last. */
export function classOfRoute(method: string, path: string | undefined): RouteClass {
  if (path === undefined) return NOWHERE;
  const ofMethod = found.get(method) ?? new Map<string, RouteClass>();
  const known = ofMethod.get(path) ?? findClass(method, path);
  found.set(method, ofMethod.set(path, known));
  return known;
}

function findClass(method: string, path: string): RouteClass {
  const rule = RULES.find(([verb, pattern]) => (verb === '*' || verb === method) && pattern.test(path));
  return rule === undefined ? { kind: 'gated', class: 'observe' } : { kind: rule[2], class: rule[3] };
}

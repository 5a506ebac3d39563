import type { Position } from '../log/position.ts';
import type { Evidence } from './evidence.ts';
import type { Basis } from './verdict.ts';

/** Where a verdict stood in its verifier's own network; undefined when it follows none. */
export function homePosition({ positions, recognised }: Pick<Basis, 'positions' | 'recognised'>): Position | undefined {
  return recognised?.log === undefined ? positions[0] : positions.find(({ log }) => log !== recognised.log);
}

/** Where it stood in the other network that it consulted. */
export function otherPosition({
  positions,
  recognised,
}: Pick<Basis, 'positions' | 'recognised'>): Position | undefined {
  return recognised?.log === undefined ? undefined : positions.find(({ log }) => log === recognised.log);
}

/** All positions that evidence stands on, sorted by log. No two are of one log: see `recognition.log_mismatch`. */
export function positionsOf({ network, recognised }: Evidence): Position[] {
  const [own, other] = [network?.position, recognised?.network?.position];
  if (own !== undefined && other !== undefined) return own.log < other.log ? [own, other] : [other, own];
  const only = own ?? other;
  return only === undefined ? [] : [only];
}

type Stood = Pick<Basis, 'positions' | 'recognised'>;

/**
 * The two positions by which two verdicts are compared: in the issuer's network where it is another than their own and
 * one had read it further, else in the verifiers' own.
 */
export function comparedPositions(a: Stood, b: Stood): readonly [Position | undefined, Position | undefined] {
  const issuers = a.recognised?.log ?? b.recognised?.log;
  const at = ({ positions }: Stood, log: string) => positions.find((position) => position.log === log);
  if (issuers !== undefined) {
    const [x, y] = [at(a, issuers), at(b, issuers)];
    if (x !== undefined && y !== undefined && (x.size !== y.size || x.root !== y.root)) return [x, y];
  }
  return [homePosition(a), homePosition(b)];
}

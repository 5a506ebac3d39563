import { compareBytes, sha256 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeUtf8 } from '../encoding/text.ts';

/**
 * So many of the pool, in an order that follows from what the log was when they were drawn: the same for everybody, and not
 * chosen by who filed or who decides. Whoever orders entries can try several orders: see docs/limits.md.
 */
export function drawFrom(
  pool: readonly string[],
  count: number,
  seed: { readonly root: string; readonly case: string },
): readonly string[] {
  const ranked = pool.map((officer) => ({
    officer,
    rank: sha256(encodeUtf8(canonicalJson([seed.root, seed.case, officer]))),
  }));
  ranked.sort((a, b) => compareBytes(a.rank, b.rank));
  return ranked.slice(0, count).map(({ officer }) => officer);
}

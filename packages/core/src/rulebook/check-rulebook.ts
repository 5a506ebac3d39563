import { encodeUtf8 } from '../encoding/text.ts';
import { checkAdditions } from './additions.ts';
import { checkCases } from './check-cases.ts';
import { checkPowers } from './check-powers.ts';
import { checkLanguages } from './check-words.ts';
import { finding, type RulebookFinding } from './finding.ts';
import type { Rulebook } from './rulebook.ts';

/**
 * What a rulebook may be in bytes of JSON to fit into one entry (16 KiB), in base64url and beside signature, header and the
 * decision that it carries out.
 */
export const MAX_RULEBOOK_BYTES = 11_800;

/**
 * What somebody should know of a rulebook before it is in force: errors leave somebody with nobody or nothing, or give away to few
 * what takes many. Its officers are those it names; officers enrolled later by decisions are for the caller to put in their place.
 */
export function checkRulebook(rulebook: Rulebook): readonly RulebookFinding[] {
  const found = [
    ...checkSize(rulebook),
    ...checkPowers(rulebook),
    ...checkCases(rulebook),
    ...checkLanguages(rulebook),
    ...checkAdditions(rulebook),
  ];
  return found.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
}

function checkSize(rulebook: Rulebook): RulebookFinding[] {
  const bytes = encodeUtf8(JSON.stringify(rulebook)).length;
  if (bytes <= MAX_RULEBOOK_BYTES) return [];
  const sentence = `It has ${bytes} bytes, and an entry of the log takes ${MAX_RULEBOOK_BYTES}.`;
  return [finding('rulebook.too-large', sentence, '')];
}

import { isJsonObject, type JsonObject } from '@holdfast/core';
import { formatDateTime, type Output } from '../output.ts';

const WORDS: Readonly<Record<string, string>> = {
  offers: 'offers and their claims',
  labels: 'labels of issued credentials',
  presented: 'texts that were presented',
  reviews: 'reviews',
  applications: 'applications',
  destinations: 'destinations of payments',
  targets: 'targets of decisions',
  reasons: 'reasons of decisions',
  evidence: 'evidence of decisions',
};

/** What was erased where, what stays until when, and who has not answered. */
export function tellReceipt(output: Output, receipt: JsonObject): void {
  const parts = Array.isArray(receipt.parts) ? receipt.parts.filter(isJsonObject) : [];
  for (const part of parts) tellPart(output, part);
  const waitsFor = Array.isArray(receipt.waitsFor) ? receipt.waitsFor.map(String) : [];
  for (const name of waitsFor) output.say(`  ${name}: does not answer now; it is asked again by itself`);
  if (receipt.nextAt !== undefined) output.say(`  Goes on by itself at ${formatDateTime(Number(receipt.nextAt))}.`);
  output.say(
    `  Receipt ${String(receipt.id)}: digests, signatures and amounts stay in the log and with those who check them.`,
  );
}

function tellPart(output: Output, { part, erased, stays }: JsonObject): void {
  const counts = Object.entries(isJsonObject(erased) ? erased : {}).filter(([, count]) => Number(count) > 0);
  const words = counts.map(([kind, count]) => `${String(count)} ${WORDS[kind] ?? kind}`);
  output.say(`  ${String(part)}: ${words.length === 0 ? 'nothing to erase' : `erased ${words.join(', ')}`}`);
  for (const stay of Array.isArray(stays) ? stays.filter(isJsonObject) : []) {
    const until = stay.until === undefined ? 'for good' : `until ${formatDateTime(Number(stay.until))} at the earliest`;
    output.say(`    stays: ${String(stay.count)} ${String(stay.what)}, ${until}: ${String(stay.why)}`);
  }
}

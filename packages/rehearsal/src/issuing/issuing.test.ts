import { expect, test } from 'vitest';
import { rehearseRoles } from '../roles-world.ts';

/** Where an issuer writes something down once it runs. */
const CROSSINGS = ['follow', 'offer', 'redeem', 'nonce', 'sequence', 'issued', 'close', 'list', 'opened'];

test('an issuer that dies at each of its steps gives every index once and tells strangers what it has read', async () => {
  const report = await rehearseRoles({ seed: 4, minutes: 2, holders: 8, killsAtEach: true });
  expect(report.violations).toEqual([]);
  expect(Object.keys(report.faults)).toEqual(
    expect.arrayContaining(
      CROSSINGS.flatMap((step) => [`crash before harbour ${step}`, `crash after harbour ${step}`]),
    ),
  );
  expect(report.checked['an-index-is-given-once']).toBeGreaterThan(5);
  expect(report.checked['list-before-credential']).toBeGreaterThan(5);
  expect(report.checked['token-says-what-was-read']).toBeGreaterThan(50);
});

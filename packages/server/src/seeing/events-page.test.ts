import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeEventsPage } from '../../test/events-page.ts';

test('the page of events and numbers says what the code says', async () => {
  const page = fileURLToPath(new URL('../../../../docs/reference/events.md', import.meta.url));
  await expect(encodeEventsPage()).toMatchFileSnapshot(page);
});

import { CodedError } from '@holdfast/core';

export type ServerEvent = { readonly event: string; readonly data: string };

/** One event may be so long: an epoch with its entries, as JSON. */
const MAX_EVENT_LENGTH = 1_048_576;

/** Reads server-sent events (HTML Living Standard, section 9.2). Throws `feed.too-large` for an event without end. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true });
    for (let end = pending.indexOf('\n\n'); end !== -1; end = pending.indexOf('\n\n')) {
      const parsed = parseEvent(pending.slice(0, end));
      pending = pending.slice(end + 2);
      if (parsed !== undefined) yield parsed;
    }
    if (pending.length > MAX_EVENT_LENGTH) {
      throw new CodedError('feed.too-large', `An event of this feed is longer than ${MAX_EVENT_LENGTH} characters.`);
    }
  }
}

function parseEvent(block: string): ServerEvent | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}

import { encodeUtf8 } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent, readEvents, type ServerEvent } from './event-stream.ts';

async function read(chunks: readonly Uint8Array[], maxBytes = 1000): Promise<(ServerEvent | undefined)[]> {
  const events: (ServerEvent | undefined)[] = [];
  for await (const event of readEvents(toStream(chunks), maxBytes)) events.push(event);
  return events;
}

async function* toStream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

describe('readEvents', () => {
  it('gives the same events however the connection cuts them', async () => {
    const bytes = encodeUtf8(
      'retry: 5\n\n: hello\n\nid: 7\nevent: epoch\ndata: {"é":"€"}\n\ndata: a\r\ndata:b\r\n\r\n',
    );
    const expected = [undefined, { event: 'epoch', data: '{"é":"€"}' }, { event: 'message', data: 'a\nb' }];
    expect(await read([bytes])).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, i) => bytes.slice(places[i], end));
        expect(await read(chunks)).toEqual(expected);
      }),
    );
  });

  it('reads back what is written', async () => {
    const events = [encodeEvent('epoch', '{"a":1}', '9'), encodeEvent('end', '{}')];
    expect(await read(events)).toEqual([
      { event: 'epoch', data: '{"a":1}' },
      { event: 'end', data: '{}' },
    ]);
  });

  it('keeps nothing of an event that was not finished', async () => {
    expect(await read([encodeUtf8('event: epoch\ndata: {}\n')])).toEqual([]);
  });

  it('refuses an event that is too long however it comes', async () => {
    const event = encodeUtf8(`data: ${'x'.repeat(600)}\ndata: ${'x'.repeat(600)}\n\n`);
    await expect(read([event])).rejects.toMatchObject({ code: 'feed.too-large' });
    expect(await read([event], 2000)).toHaveLength(1);
  });

  it.each([
    ['one endless line', () => encodeUtf8('x'.repeat(400))],
    ['endless lines of data', () => encodeUtf8(`data: ${'x'.repeat(100)}\n`)],
    ['lines that mean nothing', () => encodeUtf8('nonsense\n'.repeat(50))],
  ])('refuses %s', async (_, chunk) => {
    const endless = (async function* () {
      for (;;) yield chunk();
    })();
    await expect(
      (async () => {
        for await (const _event of readEvents(endless, 1000));
      })(),
    ).rejects.toMatchObject({ code: 'feed.too-large' });
  });
});

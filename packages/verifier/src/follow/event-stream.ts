import { CodedError, encodeUtf8 } from '@holdfast/core';

/** One event of a `text/event-stream` (HTML, section 9.2). */
export type ServerEvent = { readonly event: string; readonly data: string };

const LF = 10;
const CR = 13;

/**
 * Reads the events of a stream. Comments come as an event without data, so that whoever waits sees that somebody is there.
 * Throws `feed.too-large` for an event of more than `maxBytes`, whatever it is made of.
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<ServerEvent | undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  let event = '';
  let data: string[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const bytes = join(rest, chunk);
    let from = 0;
    for (let at = bytes.indexOf(LF, rest.length); at !== -1; at = bytes.indexOf(LF, from)) {
      const line = decode(bytes.subarray(from, bytes[at - 1] === CR ? at - 1 : at));
      from = at + 1;
      size += line.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      if (line === '') {
        if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
        [event, data, size] = ['', [], 0];
      } else if (line.startsWith(':')) yield undefined;
      else if (line.startsWith('event:')) event = fieldOf(line, 'event:');
      else if (line.startsWith('data:')) data.push(fieldOf(line, 'data:'));
    }
    rest = bytes.slice(from);
    if (size + rest.length > maxBytes) throw tooLarge(maxBytes);
  }
}

function fieldOf(line: string, field: string): string {
  return line.slice(line[field.length] === ' ' ? field.length + 1 : field.length);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

const decoder = new TextDecoder('utf-8');

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function tooLarge(maxBytes: number): CodedError {
  return new CodedError('feed.too-large', `An event of the feed is longer than ${maxBytes} bytes.`);
}

/** Writes an event; `data` without line breaks. */
export function encodeEvent(event: string, data: string, id?: string): Uint8Array {
  return encodeUtf8(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
}

import { concatBytes } from '@holdfast/core';

/** So that a bomb is noticed after one small piece of it, whatever the platform buffers. */
const PIECE_BYTES = 16_384;

/**
 * Inflates a zlib stream (RFC 1950), or a gzip one (RFC 1952), giving up at `maxBytes`: 194 kB of zeros can stand for 200 MB. Anything that is not
 * exactly one whole stream, bytes after it included, is malformed.
 */
export async function inflateBounded(
  bytes: Uint8Array,
  maxBytes: number,
  format: 'deflate' | 'gzip' = 'deflate',
): Promise<Uint8Array | 'malformed' | 'too-large'> {
  const inflater = new DecompressionStream(format);
  const reader = inflater.readable.getReader();
  // Not awaited: writing waits for reading. Its failure also fails the reading, where it is seen.
  void feed(inflater.writable.getWriter(), bytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concatBytes(...chunks);
      length += value.length;
      if (length > maxBytes) return 'too-large';
      chunks.push(value);
    }
  } catch {
    return 'malformed';
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function feed(writer: WritableStreamDefaultWriter<BufferSource>, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) await writer.write(bytes.slice(at, at + PIECE_BYTES));
    await writer.close();
  } catch {
    // The reader has given up or has met the error.
  }
}

import { describe, expect, it } from 'vitest';
import { buildLog, DAY_MS, LIST_URI } from '../../test/log-builder.ts';
import { concatBytes, sha256 } from '../encoding/bytes.ts';
import { canonicalJson, parseJsonObject } from '../encoding/json.ts';
import { encodeUtf8, parseUtf8 } from '../encoding/text.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { createByteReader, encodeCount, encodePart } from './snapshot-bytes.ts';

const MAGIC_LENGTH = 'holdfast snapshot 1\n'.length;

function bytesOfLog(): Uint8Array {
  const log = buildLog();
  log.suspend([{ list: LIST_URI, index: 2 }], log.state.time + DAY_MS);
  log.epoch();
  const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
  return bytes ?? expect.fail('it is not that long');
}

/** The same bytes with another end, and a checksum that fits them: what somebody makes who wants to be believed. */
function sealed(content: Uint8Array): Uint8Array {
  return concatBytes(content, sha256(content));
}

function withHead(bytes: Uint8Array, change: (head: Record<string, unknown>) => unknown): Uint8Array {
  const reader = createByteReader(bytes.subarray(0, -32));
  const magic = reader.take(MAGIC_LENGTH);
  const head = parseJsonObject(parseUtf8(reader.takePart()));
  const rest = reader.take(reader.left());
  return sealed(concatBytes(magic, encodePart(encodeUtf8(canonicalJson(change({ ...head })))), rest));
}

describe('a snapshot from outside', () => {
  const bytes = bytesOfLog();

  it('is refused wherever it is cut off', () => {
    for (const length of [0, 1, MAGIC_LENGTH, 100, bytes.length - 33, bytes.length - 1]) {
      expect(() => parseSnapshot(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'snapshot.malformed' }),
      );
      const whole = sealed(bytes.subarray(0, Math.max(0, length - 32)));
      expect(() => parseSnapshot(whole)).toThrow(expect.objectContaining({ code: 'snapshot.malformed' }));
    }
  });

  it('is refused with one bit changed, or with more after its end', () => {
    for (const at of [3, 500, bytes.length - 5]) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => parseSnapshot(changed)).toThrow(expect.objectContaining({ code: 'snapshot.malformed' }));
    }
    const longer = sealed(concatBytes(bytes.subarray(0, -32), Uint8Array.of(0)));
    expect(() => parseSnapshot(longer)).toThrow(expect.objectContaining({ code: 'snapshot.malformed' }));
  });

  it.each([
    ['parties', (head: Record<string, unknown>) => ({ ...head, parties: [] })],
    ['suspensions', (head: Record<string, unknown>) => ({ ...head, suspensions: [] })],
    ['critical', (head: Record<string, unknown>) => ({ ...head, critical: ['*'] })],
    [
      'rulebook',
      (head: Record<string, unknown>) => ({ ...head, rulebook: { ...(head.rulebook as object), index: 1 } }),
    ],
  ])('is refused when its %s are not what its epoch commits to', (section, change) => {
    expect(() => parseSnapshot(withHead(bytes, change))).toThrow(
      expect.objectContaining({ code: 'snapshot.mismatch', details: { wrong: [section] } }),
    );
  });

  it('is refused when a status in it was changed, or a decision left out', () => {
    const content = bytes.slice(0, -32);
    const listAt = content.length - 32 - 1 - 6 - 32_768;
    // The list's packed bytes, its one change, one decision and what stands before them.
    const changed = content.slice();
    const at = changed.findIndex((byte, i) => i > listAt - 40 && byte === 0x20);
    expect(at).toBeGreaterThan(0);
    changed[at] = 0x10;
    expect(() => parseSnapshot(sealed(changed))).toThrow(expect.objectContaining({ code: 'snapshot.mismatch' }));
    const log = buildLog();
    log.revoke([{ list: LIST_URI, index: 2 }]);
    log.epoch();
    log.state.decided.delete([...log.state.decided].at(-1) ?? '');
    const without = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
    expect(() => parseSnapshot(without ?? new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'snapshot.mismatch', details: { wrong: ['decisions'] } }),
    );
  });

  it('is refused with the epoch of another place, and with an entry that is no epoch', () => {
    const log = buildLog();
    const other = withHead(bytes, (head) => ({ ...head, epoch: log.entries.at(-1) }));
    expect(() => parseSnapshot(other)).toThrow(expect.objectContaining({ code: 'snapshot.mismatch' }));
    const none = withHead(bytes, (head) => ({ ...head, epoch: log.entries[0] }));
    expect(() => parseSnapshot(none)).toThrow(expect.objectContaining({ code: 'snapshot.malformed' }));
  });

  it('never throws anything but its own codes', () => {
    for (let seed = 1; seed < 200; seed += 1) {
      const noise = Uint8Array.from({ length: seed * 3 }, (_, i) => (i * seed * 2_654_435_761) >>> 13);
      const content = concatBytes(bytes.subarray(0, MAGIC_LENGTH + (seed % 40)), noise);
      expect(() => parseSnapshot(sealed(content))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^snapshot\./) }),
      );
    }
  });
});

describe('counts in a snapshot', () => {
  it('come back as they went, in one spelling only', () => {
    for (const count of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER]) {
      expect(createByteReader(encodeCount(count)).takeCount()).toBe(count);
    }
    for (const bytes of [[0x80, 0], [0x80], [255, 255, 255, 255, 255, 255, 255, 255, 1], []]) {
      expect(() => createByteReader(Uint8Array.from(bytes)).takeCount()).toThrow(
        expect.objectContaining({ code: 'snapshot.malformed' }),
      );
    }
  });
});

import { expect, it } from 'vitest';
import { parseNatsUrl } from './nats-url.ts';

it('takes one address, or several of a cluster', () => {
  expect(parseNatsUrl('nats://nats.example')).toEqual({ servers: ['nats.example:4222'] });
  expect(parseNatsUrl('nats://a.example:1, nats://b.example:2')).toEqual({ servers: ['a.example:1', 'b.example:2'] });
});

it('takes a name and a password, or a token, and TLS', () => {
  const named = { servers: ['nats.example:4222'], user: 'feed', pass: 'p:w', tls: {} };
  expect(parseNatsUrl('tls://feed:p%3Aw@nats.example')).toEqual(named);
  expect(parseNatsUrl('nats://token@nats.example')).toEqual({ servers: ['nats.example:4222'], token: 'token' });
});

it('refuses anything else without repeating it', () => {
  for (const text of ['', 'nats', 'http://nats.example', 'nats://nats.example/path', 'nats://', 'nats://a%zz@b']) {
    expect(() => parseNatsUrl(text), text).toThrowError(expect.objectContaining({ code: 'usage.feed' }));
  }
  expect(() => parseNatsUrl('http://me:secret@nats.example')).not.toThrowError(/secret/);
});

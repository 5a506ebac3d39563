import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NoticeMessage, Notifier } from './notifier.ts';

/** The other side of a notifier: what it has taken, and how it behaves from now on. */
export type Receiver = {
  readonly notifier: Notifier;
  readonly taken: () => readonly NoticeMessage[];
  readonly behave: (how: 'well' | 'fails' | 'refuses' | 'away') => Promise<void>;
  readonly close: () => Promise<void>;
};

const MESSAGE: NoticeMessage = {
  id: 'n-1',
  to: 'zuleika@people.example',
  language: 'ar',
  subject: 'تغير شيء في شأنك',
  text: 'سطر أول\n.نقطة في أول السطر\nhttps://network.example/me/a-7k3m',
};

/** Every notifier runs this suite. */
export function describeNotifier(name: string, create: () => Promise<Receiver>): void {
  describe(name, () => {
    let receiver: Receiver;
    beforeEach(async () => {
      receiver = await create();
    });
    afterEach(() => receiver.close());

    it('hands over what is to be told, letter by letter, under its own name', async () => {
      await receiver.notifier.send(MESSAGE);
      expect(receiver.taken()).toEqual([MESSAGE]);
      await receiver.notifier.send(MESSAGE);
      expect(new Set(receiver.taken().map(({ id }) => id))).toEqual(new Set(['n-1']));
    });

    it.each([
      ['fails', 'notice.unreachable'],
      ['refuses', 'notice.refused'],
      ['away', 'notice.unreachable'],
    ] as const)('that %s is told apart (%s), and nothing of the message is in the error', async (how, code) => {
      await receiver.behave(how);
      const failure = await receiver.notifier.send(MESSAGE).then(
        () => undefined,
        (error: unknown) => error as Error & { readonly code: string; readonly details: object },
      );
      expect(failure).toMatchObject({ code });
      const said = `${failure?.message} ${JSON.stringify(failure?.details)} ${String(failure?.cause)} ${failure?.stack}`;
      for (const personal of ['people.example', 'zuleika', '7k3m', 'سطر']) expect(said).not.toContain(personal);
    });

    it('lets nobody write headers or another receiver into a message', async () => {
      const to = 'zuleika@people.example\r\nBcc: eve@evil.example';
      await expect(receiver.notifier.send({ ...MESSAGE, to })).rejects.toMatchObject({ code: 'notice.refused' });
      await receiver.notifier.send({ ...MESSAGE, subject: 'one\r\nBcc: eve@evil.example' });
      expect(receiver.taken()).toHaveLength(1);
      expect(receiver.taken()[0]).toMatchObject({ to: MESSAGE.to, text: MESSAGE.text });
    });
  });
}

/** One thing that somebody asked to be told. Personal: nothing of it belongs into a log. */
export type NoticeMessage = {
  /** The same for the same message, however often it is sent: whoever carries it may drop the second. */
  readonly id: string;
  /** Where to: an e-mail address. */
  readonly to: string;
  /** BCP 47, of both texts. */
  readonly language: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
};

/**
 * A way to tell people something.
 * Durability: once `send` resolves somebody else has promised to carry it on; whether it arrives is theirs. Consistency: none
 * between messages. Idempotency: a message sent again has the same id, and may arrive twice. Concurrency: any. Bounds: each
 * call ends within its adapter's stated time. Retries: the caller. Throws `notice.unreachable` (later), `notice.refused` (it
 * will not be taken, also not later), and never puts what is in a message into an error.
 */
export interface Notifier {
  send(message: NoticeMessage): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

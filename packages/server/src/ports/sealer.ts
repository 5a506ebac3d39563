/**
 * Keeps what a person showed us from everyone who can read our database or its copies.
 * Secrecy and integrity: authenticated encryption; `context` is bound to the text, so a sealed text moved to another row
 * does not open there. Durability: none; the caller stores what it gets. Idempotency: sealing twice gives two different
 * texts, both open. Concurrency: any. Retries: never; what does not open now never will.
 */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Promise<Uint8Array>;
  /** Throws `sealer.unopenable` for another context, another key, or a changed or truncated text. */
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * A pseudonym for `text`, base64url of 32 bytes: always the same here, another under another key or context, and
   * telling nothing of the text to whoever lacks the key. For finding again what must not be written down.
   */
  pseudonym(text: string, context: string): Promise<string>;
}

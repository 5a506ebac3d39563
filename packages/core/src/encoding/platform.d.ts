// The few things of a platform that core may know. A change to this file is an architecture review.
declare module 'node:crypto' {
  export function hash(algorithm: 'sha256', data: Uint8Array, outputEncoding: 'binary'): string;
  export function hash(algorithm: 'sha256', data: string, outputEncoding: 'base64url'): string;
}
declare module 'node:buffer' {
  type Encoding = 'utf8' | 'base64' | 'base64url' | 'latin1';
  export class Buffer extends Uint8Array {
    static from(text: string, encoding: Encoding): Buffer;
    static from(bytes: ArrayBufferLike, byteOffset: number, length: number): Buffer;
    toString(encoding?: Encoding): string;
  }
  export function isUtf8(bytes: Uint8Array): boolean;
}
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

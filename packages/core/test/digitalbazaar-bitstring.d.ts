/** The part of it that is used here: it brings no types of its own. */
declare module '@digitalbazaar/bitstring' {
  export class Bitstring {
    constructor(options: { readonly length?: number; readonly buffer?: Uint8Array });
    set(index: number, on: boolean): void;
    get(index: number): boolean;
    readonly length: number;
    /** base64url of the gzip-compressed bits. */
    encodeBits(): Promise<string>;
    static decodeBits(options: { readonly encoded: string }): Promise<Uint8Array>;
  }
}

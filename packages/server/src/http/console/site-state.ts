/** One file of the console, as it is sent: compressed once, when it was built. */
export type SiteFile = {
  readonly type: string;
  readonly bytes: Buffer;
  readonly brotli?: Buffer;
  readonly gzip?: Buffer;
};

/** What there is of the console now. */
export type SiteState =
  | { readonly state: 'building'; readonly since: number; readonly words: string }
  | { readonly state: 'failed'; readonly words: string }
  | {
      readonly state: 'ready';
      readonly index: string;
      /** The page of the public checker; empty where what was built has none. */
      readonly checker: string;
      /** The pages of the wallet and of a clerk; empty likewise. */
      readonly wallet: string;
      readonly clerk: string;
      readonly files: ReadonlyMap<string, SiteFile>;
    };

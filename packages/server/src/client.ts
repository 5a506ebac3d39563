// What a command needs on the machine of an officer or an auditor: their keys, and the network over HTTP. A door of its
// own, because loading a whole server takes several times as long as what such a command does.
export { type ExportReport, exportFeed } from './adapters/feed-tree/export-feed.ts';
export { createHttpNetwork, type HttpNetwork } from './adapters/http-network/http-network.ts';
export { createKeyFilesSigner, type KeyFilesSigner } from './adapters/key-files/signer.ts';
export type { Signer } from './ports/signer.ts';
export { type WinterRelief, winterRelief } from './sample/winter-relief.ts';

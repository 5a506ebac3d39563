// `@holdfast/verifier/node`: what needs Node. The main door has none of it, so that a browser can take that whole.
export { createNodeTransport, nodeLookup } from './foreign/node-transport.ts';
export { readOwnDerSignature } from './signatures/der-signature.ts';
export { createNearEngine } from './signatures/near-engine.ts';
export { createNodeEngine, type SyncSignatureEngine } from './signatures/node-engine.ts';
export { createRememberingEngine } from './signatures/remembering-engine.ts';
export {
  createThreadEngine,
  type ThreadEngineOptions,
  type ThreadSignatureEngine,
} from './signatures/thread-engine.ts';
export {
  createNodeSources,
  createStandaloneVerifier,
  type NodeSourcesOptions,
} from './standalone/node-verifier.ts';

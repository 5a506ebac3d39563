import { describeSignatureEngine } from './engine.contract.ts';
import { createNodeEngine } from './node-engine.ts';

const engine = createNodeEngine();
describeSignatureEngine('the engine on node:crypto', () => engine);

const crowded = createNodeEngine({ maxCachedKeys: 1 });
describeSignatureEngine('the engine on node:crypto with room for one key', () => crowded);

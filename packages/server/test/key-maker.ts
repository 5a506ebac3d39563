// A process of its own that makes key after key and says so, until it is killed.
import { createKeyFilesSigner } from '../src/adapters/key-files/signer.ts';

const signer = await createKeyFilesSigner({ directory: process.argv[2] ?? '' });
for (let i = 0; i < 100_000; i += 1) {
  await signer.create(`key-${i}`, 'EdDSA');
  process.stdout.write(`key-${i}\n`);
}

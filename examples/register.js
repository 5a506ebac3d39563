// A register that others ask about a credential: `node examples/register.js [PORT] [passed|failed|hang]`.
import { createServer } from 'node:http';

const [port = '4700', answer = 'passed'] = process.argv.slice(2);
let calls = 0;

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    calls += 1;
    console.log(`call ${calls}: ${Buffer.concat(chunks)}`);
    if (answer === 'hang') return;
    const { credential } = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ credential, result: answer, asOf: Date.now() }));
  });
}).listen(Number(port), '127.0.0.1', () => console.log(`a register that says ${answer}, on port ${port}`));

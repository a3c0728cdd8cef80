import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server in the place of a cell, which can be told to misbehave. It says its port over the channel to
 * its parent, and takes its mode there.
 */
export type StandInMode = 'well' | 'slow' | 'garbage';

const SLOW_MS = 2_000;
/** About as much as a product page. */
const BODY = JSON.stringify({ title: 'A page', text: 'lorem ipsum '.repeat(220) });

let mode: StandInMode = 'well';
process.on('message', (wanted: StandInMode) => {
  mode = wanted;
});
process.on('disconnect', () => process.exit(0));

const server = createServer((request, response) => {
  // Whether it lives has to be seen by who asks; that it is slow or mad has to be found out.
  if (mode === 'garbage') {
    response.socket?.end('\x16\x03\x01 this is not HTTP\r\n\r\n');
    return;
  }
  const answer = (): void => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(BODY),
    });
    response.end(BODY);
  };
  if (mode === 'slow') setTimeout(answer, SLOW_MS);
  else answer();
  request.resume();
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

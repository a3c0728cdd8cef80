import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestFleet, until } from '../testing-fleet.ts';
import { openRaw, pinOf, type PlaneUnderTest, receivedBy, reset } from './planes.ts';

/** What would be executed if router and cell read one stream of bytes as different requests. */
const HIDDEN = 'GET /smuggled HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n\r\n';
const CHUNKED_HIDDEN = `0\r\n\r\n${HIDDEN}`;

/**
 * The known ways to have two servers disagree about where a request ends. `%L` is the length of the
 * hidden part, `%H` that part behind an empty last chunk.
 */
const CORPUS: readonly (readonly [string, string, string])[] = [
  ['CL.TE', 'content-length: %L\r\ntransfer-encoding: chunked', '%H'],
  ['TE.CL', 'transfer-encoding: chunked\r\ncontent-length: 4', '%H'],
  ['two lengths', 'content-length: 0\r\ncontent-length: %L', '%H'],
  ['two lengths in one', 'content-length: 0, %L', '%H'],
  ['a signed length', 'content-length: +%L', '%H'],
  ['a negative length', 'content-length: -1', '%H'],
  ['a length in hex', 'content-length: 0x10', '%H'],
  ['a length with a space', 'content-length: 1 0', '%H'],
  ['a length beyond numbers', 'content-length: 18446744073709551616', '%H'],
  ['an encoding that is not the last', 'transfer-encoding: chunked, identity', '%H'],
  ['two encodings', 'transfer-encoding: gzip, chunked', '%H'],
  ['an unknown encoding', 'transfer-encoding: xchunked\r\ncontent-length: %L', '%H'],
  ['an encoding twice', 'transfer-encoding: chunked\r\ntransfer-encoding: identity', '%H'],
  ['an encoding behind a tab', 'transfer-encoding:\tchunked\r\ncontent-length: %L', '%H'],
  [
    'an encoding with a control character',
    'transfer-encoding: \x0bchunked\r\ncontent-length: %L',
    '%H',
  ],
  ['a space before the colon', 'transfer-encoding : chunked\r\ncontent-length: %L', '%H'],
  ['a folded encoding', 'transfer-encoding:\r\n chunked\r\ncontent-length: %L', '%H'],
  ['a name behind a space', ' transfer-encoding: chunked\r\ncontent-length: %L', '%H'],
  ['a quoted encoding', 'transfer-encoding: "chunked"\r\ncontent-length: %L', '%H'],
  ['a bare line feed', 'x-a: b\ntransfer-encoding: chunked\r\ncontent-length: %L', '%H'],
  ['a bare carriage return', 'x-a: b\rtransfer-encoding: chunked\r\ncontent-length: %L', '%H'],
  ['a null byte in a name', 'transfer\x00-encoding: chunked\r\ncontent-length: %L', '%H'],
  ['an underscore', 'transfer_encoding: chunked\r\ncontent-length: %L', '%H'],
  ['a negative chunk', 'transfer-encoding: chunked', `-1\r\n${CHUNKED_HIDDEN}`],
  ['a chunk size in octal clothing', 'transfer-encoding: chunked', `0_1\r\na\r\n${CHUNKED_HIDDEN}`],
  [
    'a chunk size that overflows',
    'transfer-encoding: chunked',
    `100000000000000000\r\n${CHUNKED_HIDDEN}`,
  ],
  ['a chunk without its end', 'transfer-encoding: chunked', `1\r\naX${CHUNKED_HIDDEN}`],
];

function fill(text: string): string {
  return text.replaceAll('%L', String(CHUNKED_HIDDEN.length)).replaceAll('%H', CHUNKED_HIDDEN);
}

export function testSmuggling(plane: PlaneUnderTest): void {
  describe('a request that could be read in two ways', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const cookie = pinOf('eu-000');

    it.each(CORPUS)(
      'by %s hides no other request from the router',
      async (_what, headers, body) => {
        const client = openRaw(
          fleet.router.port,
          `POST /v1/outer HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n${fill(headers)}\r\n\r\n${fill(body)}`,
        );
        // Refused at once, or read in one way and answered.
        await until(() => /^HTTP\/1\.[01] \d{3}/.test(client.text()));
        client.socket.destroy();
        // What stands behind the end of a request is a request of its own, checked and placed by the
        // router; it must never reach a cell in any other way, such as within a connection to it.
        for (const { url, isProven, headers: received } of receivedBy(fleet)) {
          expect(isProven).toBe(true);
          expect(url).toMatch(/^\/(?:v1\/outer|smuggled)$/);
          expect(
            received['transfer-encoding'] !== undefined && received['content-length'] !== undefined,
          ).toBe(false);
        }
        // The connection to the cell is as good as before.
        reset(fleet);
        const answer = await fetch(`${fleet.url}/v1/next`, { headers: { cookie } });
        expect(await answer.json()).toMatchObject({ url: '/v1/next' });
        expect(receivedBy(fleet)).toMatchObject([{ url: '/v1/next' }]);
      },
    );

    it.each([
      ['no host', 'GET /v1/x HTTP/1.1'],
      ['two hosts', 'GET /v1/x HTTP/1.1\r\nhost: x\r\nhost: y'],
      ['an absolute address of another host', 'GET http://elsewhere.example/ HTTP/1.1\r\nhost: x'],
      ['no slash', 'GET v1/x HTTP/1.1\r\nhost: x'],
      ['a climbing path', 'GET /v1/../../etc HTTP/1.1\r\nhost: x'],
      ['an encoded climbing path', 'GET /v1/%2e%2e/etc HTTP/1.1\r\nhost: x'],
      ['a dot segment', 'GET /v1/./x HTTP/1.1\r\nhost: x'],
      ['a dot segment before a semicolon', 'GET /v1/..;/x HTTP/1.1\r\nhost: x'],
      ['an encoded slash', 'GET /v1/a%2fb HTTP/1.1\r\nhost: x'],
      ['a backslash', 'GET /v1\\x HTTP/1.1\r\nhost: x'],
      ['a null byte', 'GET /v1/x?a=%00 HTTP/1.1\r\nhost: x'],
      ['a broken escape', 'GET /v1/x?a=%zz HTTP/1.1\r\nhost: x'],
      ['a fragment', 'GET /v1/x#y HTTP/1.1\r\nhost: x'],
      ['a byte above ASCII', 'GET /v1/\xe9 HTTP/1.1\r\nhost: x'],
      ['too long an address', `GET /${'a'.repeat(5_000)} HTTP/1.1\r\nhost: x`],
      [
        'too large a head',
        `GET / HTTP/1.1\r\nhost: x\r\n${'x-a: '.padEnd(1_000, 'b')}${`\r\nx-a: ${'b'.repeat(1_000)}`.repeat(40)}`,
      ],
      ['a body on GET', 'GET /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 3'],
      ['TRACE', 'TRACE /v1/x HTTP/1.1\r\nhost: x'],
      ['CONNECT', 'CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: elsewhere.example:443'],
      ['two tokens', 'GET /v1/x HTTP/1.1\r\nhost: x\r\nauthorization: a\r\nauthorization: b'],
      ['two keys', 'POST /v1/x HTTP/1.1\r\nhost: x\r\nidempotency-key: a\r\nidempotency-key: b'],
      ['another protocol', 'GET /v1/x HTTP/3.7\r\nhost: x'],
      ['no HTTP at all', 'hello'],
    ])('with %s is refused', async (_what, head) => {
      const client = openRaw(
        fleet.router.port,
        `${head}\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`,
      );
      await until(() => /^HTTP\/1\.[01] \d{3}/.test(client.text()));
      expect(client.text()).toMatch(/^HTTP\/1\.[01] (?:4\d\d|505)/);
      client.socket.destroy();
      expect(receivedBy(fleet)).toHaveLength(0);
    });
  });
}

import { describe, expect, test } from 'vitest';
import { HELP, OptionFault, parseFleetOptions } from './options.ts';

function parse(...words: string[]): ReturnType<typeof parseFleetOptions> {
  return parseFleetOptions(words, '/repository');
}

describe('the flags of npm start', () => {
  test('have the defaults that the help names', () => {
    expect(parse()).toEqual({
      port: 8080,
      cells: ['eu-de-1', 'eu-fr-1', 'us-east-1', 'us-west-1'],
      keepsCells: true,
      dataDir: '/repository/.data',
      fresh: false,
      dataPlane: 'node',
      noRestart: [],
      drill: { env: {}, urls: {} },
      products: 2000,
    });
    for (const word of ['8080', 'eu-de-1,eu-fr-1,us-east-1,us-west-1', '.data', '2000']) {
      expect(HELP).toContain(word);
    }
  });

  test('are all read', () => {
    expect(
      parse(
        ...['--port', '9000', '--cells=uk-west-1', '--data', '/var/shop', '--fresh'],
        ...['--products', '0', '--default-country', 'DE', '--no-restart', 'router,uk-west-1'],
        ...['--data-plane', 'haproxy'],
      ),
    ).toEqual({
      port: 9000,
      cells: ['uk-west-1'],
      keepsCells: false,
      dataDir: '/var/shop',
      fresh: true,
      products: 0,
      defaultCountry: 'DE',
      dataPlane: 'haproxy',
      noRestart: ['router', 'cell uk-west-1'],
      drill: { env: {}, urls: {} },
    });
    expect(parse('--help', '--port', '9000')).toBeUndefined();
  });

  test.each([
    [
      ['--no-restart', 'nope'],
      /--no-restart names "nope", which is no part\. Known are control plane/,
    ],
    [['--port', '0'], /--port is "0": give a number from 1 to 65235/],
    [['--port', '65500'], /--port/],
    [['--port', '8e3'], /--port/],
    [['--products', '-1'], /products/],
    [['--cells', 'mars-1'], /names "mars-1", which has no location\. Known are eu-de-1, /],
    [['--cells', 'eu-de-1,eu-de-1'], /twice/],
    [['--cells', ''], /has no location/],
    [['--data', '/'], /folder of its own/],
    [['--default-country', 'Germany'], /two capital letters/],
    [['--prot', '80'], /Unknown option '--prot'\. See "npm start -- --help"/],
    [['stray'], /stray/],
  ])('%j is refused in one line', (words, message) => {
    expect(() => parse(...words)).toThrow(OptionFault);
    expect(() => parse(...words)).toThrow(message);
    expect(() => parse(...words)).not.toThrow(/\n/);
  });
});

test('a drill that is no JSON of its form is refused with its name', () => {
  expect(() => parseFleetOptions(['--drill', 'package.json'], process.cwd())).toThrow(
    /--drill names ".*package\.json", which is no file of a drill/,
  );
});

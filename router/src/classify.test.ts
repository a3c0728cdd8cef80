import {
  newPartitionId,
  type Partition,
  type PartitionIdType,
  PARTITION_ID_TYPES,
  partitionAt,
  type Realm,
} from '@commerce/contracts/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, partitionInToken } from './classify.ts';
import { partitionInPath, pathOf, refuseTarget } from './request-target.ts';

const partitions = fc
  .tuple(fc.constantFrom('eu', 'us', 'eu2', 'acme'), fc.nat(1023))
  .map(([realm, slot]) => partitionAt(realm as Realm, slot));
const idTypes = fc.constantFrom(...(Object.keys(PARTITION_ID_TYPES) as PartitionIdType[]));
const words = fc.stringMatching(/^[a-z0-9-]{0,40}$/);

function tokenOf(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `Bearer ${encode({ alg: 'ES256' })}.${encode(claims)}.c2lnbmF0dXJl`;
}

const pin = { partition: 'us-001' as Partition, country: undefined };

describe('classify', () => {
  it('finds the partition of an id in any segment, whatever stands around it', () => {
    fc.assert(
      fc.property(
        partitions,
        idTypes,
        fc.array(words),
        fc.array(words),
        (partition, type, a, b) => {
          const id = newPartitionId(type, partition);
          const path = `/${[...a, id, ...b].join('/')}`;
          expect(partitionInPath(path)).toBe(partition);
          expect(classify({ path, authorization: tokenOf({ part: 'us-002' }), pin })).toEqual({
            kind: 'path',
            partition,
          });
        },
      ),
    );
  });

  it('reads an id whose characters were escaped', () => {
    const id = newPartitionId('cart', 'eu-0a1' as Partition);
    expect(partitionInPath(`/v1/carts/${id.replaceAll('_', '%5F')}/lines`)).toBe('eu-0a1');
  });

  it('never throws, and finds no partition where there is no id', () => {
    fc.assert(
      fc.property(fc.webPath({ size: 'small' }), (path) => {
        expect(classify({ path, authorization: undefined, pin: undefined }).kind).not.toBe('path');
      }),
    );
  });

  it('prefers the token to the pin, and the pin to nothing', () => {
    const path = '/v1/me';
    const authorization = tokenOf({ sub: 'x', part: 'eu-0a1' });
    expect(classify({ path, authorization, pin })).toEqual({ kind: 'token', partition: 'eu-0a1' });
    expect(classify({ path, authorization: 'Bearer nonsense', pin })).toEqual({
      kind: 'pin',
      partition: 'us-001',
    });
    expect(classify({ path, authorization: undefined, pin: undefined })).toEqual({ kind: 'none' });
  });

  it('routes a webhook by the attempt it names, and by nothing else', () => {
    const attempt = newPartitionId('att', 'eu-0a1' as Partition);
    const path = `/v1/webhooks/sandbox/${attempt}`;
    expect(classify({ path, authorization: undefined, pin: undefined })).toMatchObject({
      partition: 'eu-0a1',
    });
    expect(classify({ path: '/v1/webhooks/sandbox/x', authorization: undefined, pin })).toEqual({
      kind: 'nowhere',
    });
  });

  it('takes a hint from any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(partitionInToken(`Bearer ${text}`)).toBeUndefined();
      }),
    );
    expect(partitionInToken(tokenOf({ part: 'eu-fff' }))).toBeUndefined();
    expect(partitionInToken(tokenOf({ part: 7 }))).toBeUndefined();
  });
});

describe('request targets', () => {
  it.each([
    ['http://elsewhere.example/v1/products'],
    ['*'],
    ['/v1/../v1/products'],
    ['/v1/./products'],
    ['/v1/products/..'],
    ['/v1/carts%2fcart'],
    ['/v1/%2e%2e/products'],
    ['/v1\\products'],
    ['/v1/a%5cb'],
    ['/v1/products%00'],
    ['/v1/products?q=%00'],
    ['/v1/products?q=%'],
    ['/v1/products?q=%zz'],
    ['/v1/products#part'],
    ['/v1/pröducts'],
    ['/v1/pro ducts'],
  ])('refuse %s', (url) => {
    expect(refuseTarget('GET', url)?.status).toBe(400);
  });

  it.each([
    ['/'],
    ['/v1/products?category=shoes&cursor=a%2Fb..'],
    ['/.well-known/jwks.json'],
    ['/v1/products/a..b'],
    ["/v1/search?q=caf%C3%A9&facet.colour='red'"],
  ])('let %s through', (url) => {
    expect(refuseTarget('GET', url)).toBeUndefined();
  });

  it('refuse what is too long, and methods that no cell serves', () => {
    expect(refuseTarget('GET', `/${'a'.repeat(4_096)}`)?.code).toBe('uri-too-long');
    expect(refuseTarget('TRACE', '/')?.code).toBe('method-not-allowed');
    expect(refuseTarget('PROPFIND', '/')?.code).toBe('method-not-allowed');
  });

  it('are refused or let through without ever failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const refusal = refuseTarget('GET', `/${text}`);
        if (refusal === undefined) partitionInPath(pathOf(`/${text}`));
        else expect(refusal.status).toBeLessThan(500);
      }),
    );
  });
});

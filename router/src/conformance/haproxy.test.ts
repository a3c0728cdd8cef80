import { describe, it } from 'vitest';
import { findHaproxy } from '../haproxy/index.ts';
import { planeUnderTest } from './planes.ts';
import { testDataPlane } from './suite.ts';

const found = await findHaproxy();

if ('missing' in found) {
  process.stderr.write(`The HAProxy data plane is not tested: ${found.missing}.\n`);
  describe.skip(`the haproxy data plane (${found.missing})`, () => {
    it('is not tested here', () => undefined);
  });
} else {
  testDataPlane(planeUnderTest('haproxy'));
}

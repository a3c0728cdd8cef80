import { describe } from 'vitest';
import { findHaproxy } from '../haproxy/index.ts';
import { planeUnderTest } from './planes.ts';
import { testDataPlane } from './suite.ts';

const found = await findHaproxy();
const missing = 'missing' in found ? found.missing : undefined;
if (missing !== undefined) {
  process.stderr.write(`The HAProxy data plane is left out of the tests: ${missing}.\n`);
}

describe.skipIf(missing !== undefined)(missing ?? 'where HAProxy is installed', () => {
  testDataPlane(planeUnderTest('haproxy'));
});

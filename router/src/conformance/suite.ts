import { describe } from 'vitest';
import { testContainment } from './containment.ts';
import { testDecisions } from './decisions.ts';
import { testForwarding } from './forwarding.ts';
import { testGateway } from './gateway.ts';
import { testMoves } from './moves.ts';
import { testPins } from './pins.ts';
import type { PlaneUnderTest } from './planes.ts';
import { testSmuggling } from './smuggling.ts';
import { testStaticStability } from './static-stability.ts';
import { testStreams } from './streams.ts';

/**
 * What every data plane has to hold to, whichever carries the requests. The suite looks at a plane from
 * outside alone: it sends requests to the public port and sees what cells receive and clients get.
 */
export function testDataPlane(plane: PlaneUnderTest): void {
  describe(`the ${plane.name} data plane`, () => {
    testDecisions(plane);
    testPins(plane);
    testForwarding(plane);
    testMoves(plane);
    testGateway(plane);
    testStreams(plane);
    testSmuggling(plane);
    testContainment(plane);
    testStaticStability(plane);
  });
}

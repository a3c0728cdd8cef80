import { planeUnderTest } from './planes.ts';
import { testDataPlane } from './suite.ts';

testDataPlane(planeUnderTest('node'));

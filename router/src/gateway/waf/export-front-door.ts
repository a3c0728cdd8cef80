import { toFrontDoorRules } from './front-door.ts';

/**
 * Prints the core rules as the `customRules` of a web application firewall policy of Azure Front Door.
 * `--log` has Front Door log matches instead of refusing them.
 */
const action = process.argv.includes('--log') ? 'Log' : 'Block';
process.stdout.write(`${JSON.stringify({ rules: toFrontDoorRules(action) }, undefined, 2)}\n`);

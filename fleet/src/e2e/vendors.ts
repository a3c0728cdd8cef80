import type { FleetUnderTest } from './fleet-under-test.ts';
import { sendJson } from './shopper.ts';

/** A signed-in user of a demo vendor. */
export interface VendorAccount {
  readonly vendorId: string;
  readonly email: string;
  readonly token: string;
}

const SIGN_IN = /(\S+@\S+\.example) \/ (demo-password-\S+)/;

/** Signs in everybody whom the fleet's table of demo sign-ins names. */
export async function signInVendors(fleet: FleetUnderTest): Promise<readonly VendorAccount[]> {
  const found = fleet.output.flatMap((line) => {
    const match = SIGN_IN.exec(line);
    return match === null ? [] : [{ email: match[1] ?? '', password: match[2] ?? '' }];
  });
  const accounts: VendorAccount[] = [];
  for (const { email, password } of found) {
    const session = await sendJson(`${fleet.controlPlane}/v1/sessions`, 'POST', {
      body: { email, password },
    });
    const token = session.body.accessToken as string;
    const me = await sendJson(`${fleet.controlPlane}/v1/me`, 'GET', { token });
    const vendorId = (me.body.vendorId ?? me.body.vendor?.id) as string | undefined;
    if (vendorId !== undefined) accounts.push({ vendorId, email, token });
  }
  return accounts;
}

/**
 * People who work with the control plane: vendors' staff and operators. Owns users, their role,
 * sessions and failed sign-ins. It refuses a taken email, wrong credentials (the same way and in the
 * same time for unknown emails), a locked email, and a refresh token that was used before, which
 * ends its session. Browsers have sessions of their own, known by a cookie that no script can read.
 */
export { registerBrowserRoutes, type SignInHint } from './browser-routes.ts';
export { PLATFORM } from './people.ts';
export { registerIdentityRoutes } from './routes.ts';
export { NewUser, type Role, UserView } from './schema.ts';
export {
  createIdentity,
  type IdentityService,
  type PreparedUser,
} from './service.ts';
export { tables } from './tables.ts';

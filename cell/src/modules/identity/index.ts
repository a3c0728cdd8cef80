/**
 * Identity: how a customer proves to be one. Accounts (email claim, password, lock-out), sessions
 * (rotating refresh tokens) and access tokens.
 *
 * Owns the tables `credentials` and `sessions`, the email claims in the directory, and the hashing of
 * passwords, which it bounds. It refuses to know names and addresses, which are the customers
 * module's; sign-up and sign-in, which need both, are flows.
 *
 * Invariants: an email has one account in all cells, whose claim is confirmed before anybody is
 * given a token of it; a refresh token works once, and its second use ends its session; neither a
 * password, nor a token, nor a plain hash of a request that holds one is stored; at most four
 * failures are answered between two locks of an account, however many guesses run at once.
 */
export { SHOP_AUDIENCE } from './access-tokens.ts';
export type { Account } from './account-store.ts';
export { invalidCredentials } from './accounts.ts';
export { normaliseEmail } from './emails.ts';
export { createSessionsSweep } from './jobs.ts';
export { checkNewPassword } from './passwords.ts';
export { registerIdentityRoutes } from './routes.ts';
export { NewPassword, SignInBody, SignUpEmail, TokensView } from './schema.ts';
export { createIdentity, type Identity } from './service.ts';
export type { SessionPoint, Tokens } from './sessions.ts';
export { credentialsTable, sessionsTable } from './tables.ts';

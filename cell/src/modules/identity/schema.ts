import { type Static, Type } from 'typebox';
import { EMAIL_LENGTH_MAX } from './emails.ts';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './passwords.ts';
import { REFRESH_TOKEN_LENGTH_MAX } from './refresh-tokens.ts';

const Email = Type.String({
  minLength: 3,
  maxLength: EMAIL_LENGTH_MAX,
  examples: ['ada@shop.example'],
});

export const NewPassword = Type.String({
  minLength: PASSWORD_LENGTH_MIN,
  maxLength: PASSWORD_LENGTH_MAX,
  description: 'Neither the email nor one of the passwords that attackers try first.',
  examples: ['correct horse battery staple'],
});

export const SignUpEmail = Email;

export const SignInBody = Type.Object(
  {
    email: Email,
    password: Type.String({
      minLength: 1,
      maxLength: PASSWORD_LENGTH_MAX,
      examples: ['correct horse battery staple'],
    }),
  },
  { additionalProperties: false },
);
export type SignInBody = Static<typeof SignInBody>;

const RefreshToken = Type.String({
  minLength: 1,
  maxLength: REFRESH_TOKEN_LENGTH_MAX,
  description: 'As signing in, or the refresh before, answered it.',
  examples: [`rt_eu1f3_01jd8x3k5nf0v9m2q7r4t6w8ya_1_${'A'.repeat(43)}`],
});

export const RefreshBody = Type.Object(
  { refreshToken: RefreshToken },
  { additionalProperties: false },
);

/** Signing out needs no body where the request carries an access token. */
export const SignOutBody = Type.Union([
  Type.Object({ refreshToken: Type.Optional(RefreshToken) }, { additionalProperties: false }),
  Type.Null(),
]);

export const TokensView = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresInS: Type.Integer({ description: 'Lifetime of the access token, in seconds.' }),
});

export const Jwks = Type.Object({
  keys: Type.Array(Type.Object({}, { additionalProperties: true })),
});

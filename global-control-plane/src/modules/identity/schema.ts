import { type Static, Type } from 'typebox';
import { lineOfText } from '../../http/line-of-text.ts';

export const Email = Type.String({
  maxLength: 254,
  pattern: '^[^\\s@\\u0000-\\u001f\\u007f]{1,64}@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$',
});
/** Long enough to resist guessing, short enough to be hashed quickly. */
export const Password = Type.String({ minLength: 10, maxLength: 200 });

export const NewUser = Type.Object(
  { email: Email, password: Password, name: lineOfText(200) },
  { additionalProperties: false },
);
export type NewUser = Static<typeof NewUser>;

export const ROLES = ['owner', 'editor', 'viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export const SignIn = Type.Object(
  { email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: 1_000 }) },
  { additionalProperties: false },
);

export const RefreshRequest = Type.Object(
  { refreshToken: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
);

export const SessionView = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresInS: Type.Integer(),
  refreshToken: Type.String(),
});
export type SessionView = Static<typeof SessionView>;

export const UserView = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  roles: Type.Array(Type.String()),
  vendorId: Type.Union([Type.String(), Type.Null()]),
});
export type UserView = Static<typeof UserView>;

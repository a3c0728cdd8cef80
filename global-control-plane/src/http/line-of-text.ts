import { Type } from 'typebox';

/** Text for people on one line: no control characters, which databases and logs would stumble over. */
export const lineOfText = (maxLength: number) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$',
  });

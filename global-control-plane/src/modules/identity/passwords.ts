import { AppError } from '@commerce/contracts/problems';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Hashing takes 20–40 ms of a core; more at once would starve everything else. */
const CONCURRENT_MAX = 2;
const QUEUE_MAX = 100;

/** Compared with where there is no such user, so that an unknown email takes the same time. */
const DECOY = hash('a password that nobody has', PARAMETERS);

export interface Passwords {
  /** @throws AppError `unavailable` where too many wait */
  hashPassword(password: string): Promise<string>;
  /** With `undefined` for the hash it does the same work, and says no. */
  verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];

  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= CONCURRENT_MAX) {
      if (waiting.length >= QUEUE_MAX) {
        throw new AppError('unavailable', {
          detail: 'Too many people sign in at the moment.',
          retryAfterS: 2,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };

  return Object.freeze({
    hashPassword: (password: string) => inTurn(() => hash(password.normalize('NFC'), PARAMETERS)),
    verifyPassword: (passwordHash: string | undefined, password: string) =>
      inTurn(async () => {
        const fits = await verify(passwordHash ?? (await DECOY), password.normalize('NFC'));
        return fits && passwordHash !== undefined;
      }),
  });
}

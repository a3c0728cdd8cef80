import { AppError } from '@commerce/contracts/problems';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 10 ms of one core. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Well formed, of the same cost, and the hash of no password that anybody knows. */
const DECOY = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Hashes under way at once: each takes a core, and requests need one too. */
const CONCURRENCY_MAX = 2;
/** Those that wait; the last of them waits a quarter of a second. */
const QUEUE_LENGTH_MAX = 50;

/** Every method throws AppError `unavailable` at once where too many wait already. */
export interface PasswordHasher {
  /** @returns the hash with its salt and parameters, in PHC form */
  hash(password: string): Promise<string>;
  verify(passwordHash: string, password: string): Promise<boolean>;
  /** The work of a verification without one, so that time does not tell which emails are known. */
  verifyNothing(password: string): Promise<false>;
}

/** Makes the process's only way to argon2: bounded in concurrency and in queue. */
export function createPasswordHasher(
  limits: { readonly concurrencyMax?: number; readonly queueLengthMax?: number } = {},
): PasswordHasher {
  const { concurrencyMax = CONCURRENCY_MAX, queueLengthMax = QUEUE_LENGTH_MAX } = limits;
  const waiting: (() => void)[] = [];
  let running = 0;

  const bounded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= concurrencyMax) {
      if (waiting.length >= queueLengthMax) {
        throw new AppError('unavailable', {
          detail: 'Too many people are signing in at this moment.',
          retryAfterS: 1,
        });
      }
      // Whoever ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };

  return Object.freeze<PasswordHasher>({
    hash: (password) => bounded(() => hash(password, OPTIONS)),
    verify: (passwordHash, password) => bounded(() => verify(passwordHash, password)),
    async verifyNothing(password) {
      await bounded(() => verify(DECOY, password));
      return false;
    },
  });
}

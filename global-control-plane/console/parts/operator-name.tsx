import { useSession } from '../shell/session.tsx';

/** Who did something: a name for whoever reads this, else the id or the account that is on record. */
export function OperatorName({ by }: { readonly by: string }) {
  const { user } = useSession();
  return by === user.id ? user.name : by;
}

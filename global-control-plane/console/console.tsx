import { EmptyState } from '@commerce/ui/content';

/** The console of vendors and operators. */
export function Console() {
  return <EmptyState icon="store" title="Console" level={1} />;
}

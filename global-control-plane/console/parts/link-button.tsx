import { ButtonLink } from '@commerce/ui/button';
import type { ComponentProps } from 'react';
import { useHref, useLinkClickHandler } from 'react-router';

/** Goes to another page of the console, and looks like a button. */
export function LinkButton({
  to,
  ...rest
}: Omit<ComponentProps<typeof ButtonLink>, 'href' | 'onClick'> & { readonly to: string }) {
  const href = useHref(to);
  const go = useLinkClickHandler<HTMLAnchorElement>(to);
  return <ButtonLink {...rest} href={href} onClick={go} />;
}

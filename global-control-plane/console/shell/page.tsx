import { classNames } from '@commerce/ui/class-names';
import { Breadcrumbs, type Crumb } from '@commerce/ui/content';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { useText } from '../i18n/language.tsx';

let firstPage = true;

/**
 * The head of a page: its title, in the window too, and what one can do. When one comes from another
 * page, focus goes to the title, so that whoever hears the page hears where they are.
 */
export function Page({
  title,
  documentTitle = typeof title === 'string' ? title : '',
  crumbs,
  actions,
  aside,
  sticky = false,
  children,
}: {
  readonly title: ReactNode;
  readonly documentTitle?: string;
  /** The way here, the page itself last. */
  readonly crumbs?: readonly Crumb[];
  readonly actions?: ReactNode;
  /** A word beside the title. */
  readonly aside?: ReactNode;
  /** Keeps the head in sight: what one does on a long page is in it. */
  readonly sticky?: boolean;
  readonly children: ReactNode;
}) {
  const text = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = text('title', { page: documentTitle });
  }, [documentTitle, text]);
  useEffect(() => {
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
  }, [pathname]);
  return (
    <>
      {crumbs !== undefined && <Breadcrumbs label={text('breadcrumbs')} crumbs={crumbs} />}
      <header className={classNames('c-head', sticky && 'c-head--sticky')}>
        <div className="c-head__title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {aside}
        </div>
        {actions !== undefined && <div className="c-head__actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

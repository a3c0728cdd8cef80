import { Button } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import { Drawer } from '@commerce/ui/overlay';
import { useQuery } from '@tanstack/react-query';
import type { VendorDocument } from '@commerce/contracts/catalog';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useMatch } from 'react-router';
import { send } from '../api/client.ts';
import { useText } from '../i18n/language.tsx';
import { AccountMenu } from './account-menu.tsx';
import { LanguageMenu, ThemeMenu } from './menus.tsx';
import { type NavigationEntry, OPERATOR_PAGES, VENDOR_PAGES } from './navigation.ts';
import { useSession } from './session.tsx';
import { vendorKey } from './vendor.tsx';

/** Id of the vendor whose pages one is at; an operator's pages are of none. */
function useVendorId(): string | undefined {
  return useMatch('/vendors/:vendorId/*')?.params.vendorId;
}

function NavigationList({
  label,
  entries,
  base,
}: {
  readonly label: string;
  readonly entries: readonly NavigationEntry[];
  readonly base: string;
}) {
  const text = useText();
  return (
    <div className="c-nav__group">
      <p className="c-nav__label">{label}</p>
      <ul>
        {entries.map(({ path, icon, label: name }) => (
          <li key={path}>
            {/* The list of vendors begins the address of each vendor's pages as well. */}
            <NavLink to={`${base}/${path}`} end={path === 'vendors'} className="c-nav__link">
              <Icon name={icon} />
              {text(name)}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Navigation() {
  const text = useText();
  const { user, isOperator } = useSession();
  const atVendor = useVendorId();
  const vendorId = atVendor ?? user.vendorId ?? undefined;
  const vendor = useQuery({
    queryKey: vendorKey(vendorId ?? ''),
    queryFn: async ({ signal }) => send<VendorDocument>(`/v1/vendors/${vendorId}`, { signal }),
    enabled: vendorId !== undefined,
  });
  return (
    <nav aria-label={text('nav.label')} className="c-nav">
      {vendorId !== undefined && (
        <NavigationList
          label={vendor.data?.body.name ?? '…'}
          entries={VENDOR_PAGES}
          base={`/vendors/${vendorId}`}
        />
      )}
      {isOperator && (
        <NavigationList label={text('nav.platform')} entries={OPERATOR_PAGES} base="" />
      )}
    </nav>
  );
}

const subscribeToNetwork = (changed: () => void): (() => void) => {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
};

function OfflineNotice() {
  const text = useText();
  const online = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  if (online) return null;
  return (
    <div className="c-offline">
      <Notice tone="warning" live title={text('offline.title')}>
        {text('offline.banner')}
      </Notice>
    </div>
  );
}

/** The frame of every page: side bar, or a drawer on a phone, and the page. */
export function Layout() {
  const text = useText();
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className="c-shell">
      <a className="c-skip" href="#main">
        {text('skip')}
      </a>
      <header className="c-top">
        <div className="c-top__menu">
          <Button variant="ghost" icon aria-label={text('nav.open')} onClick={() => setOpen(true)}>
            <Icon name="menu" />
          </Button>
        </div>
        <Link to="/" className="c-brand">
          <span className="c-brand__mark" aria-hidden="true" />
          {text('brand')}
        </Link>
        <div className="c-top__tools">
          <LanguageMenu />
          <ThemeMenu />
          <AccountMenu />
        </div>
      </header>
      <aside className="c-side">
        <Navigation />
      </aside>
      <Drawer
        side="start"
        open={open}
        onOpenChange={setOpen}
        title={text('brand')}
        closeLabel={text('close')}
      >
        <Navigation />
      </Drawer>
      <main id="main" className="c-main" tabIndex={-1}>
        <OfflineNotice />
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  );
}

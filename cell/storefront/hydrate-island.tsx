import type { ComponentType } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { IslandProvider, type IslandScope } from './island-scope.tsx';

/** Takes over what the server made of an island. Apart, so that React comes only where there is one. */
export function hydrateIsland(
  element: HTMLElement,
  name: string,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the server gave it these properties
  Component: ComponentType<any>,
  props: object,
  scope: IslandScope,
): void {
  hydrateRoot(
    element,
    <IslandProvider scope={scope}>
      <Component {...props} />
    </IslandProvider>,
    { identifierPrefix: `${name}-` },
  );
}

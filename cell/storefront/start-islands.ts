import type { IslandScope } from './island-scope.tsx';
import { ISLANDS, type IslandName } from './islands/index.ts';

/** Brings the islands of the page to life, each when it asks for it. */
export function startIslands(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-island]')) {
    schedule(element, () => {
      hydrate(element).catch((error: unknown) => {
        // The page works without; the next one may be luckier.
        console.error(error);
      });
    });
  }
}

function schedule(element: HTMLElement, run: () => void): void {
  switch (element.dataset['when']) {
    case 'visible': {
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        run();
      });
      observer.observe(element);
      return;
    }
    case 'focus':
      element.addEventListener('focusin', run, { once: true });
      element.addEventListener('pointerenter', run, { once: true });
      return;
    case 'idle':
      // Safari has no idle callback.
      if ('requestIdleCallback' in window) requestIdleCallback(run, { timeout: 2_000 });
      else setTimeout(run, 200);
      return;
    default:
      run();
  }
}

async function hydrate(element: HTMLElement): Promise<void> {
  if (element.dataset['alive'] !== undefined) return;
  element.dataset['alive'] = '';
  const name = element.dataset['island'] as IslandName;
  const data = element.nextElementSibling;
  if (!Object.hasOwn(ISLANDS, name) || data?.getAttribute('data-island-of') !== name) return;
  const { scope, props } = JSON.parse(data.textContent) as {
    scope: IslandScope;
    props: object;
  };
  const [Component, { hydrateIsland }] = await Promise.all([
    ISLANDS[name](),
    import('./hydrate-island.tsx'),
  ]);
  hydrateIsland(element, name, Component, props, scope);
}

import type { ComponentType } from 'react';
import { renderToString } from 'react-dom/server';
import { toScriptJson } from './head.ts';
import { type CompiledMessages, type MessageKey, messagesOf } from './i18n.ts';
import { type IslandScope, IslandProvider } from './island-scope.tsx';
import type { IslandName } from './islands/index.ts';
import { usePage } from './page-scope.tsx';

/**
 * A part of a page that a script brings to life. It is made on the server by itself, as its own root,
 * so that the browser makes the very same of it; the rest of the page is never touched by React there.
 */
export function Island<Props extends object>({
  name,
  of: Component,
  props,
  messages,
  when = 'idle',
  className,
}: {
  /** Its name in `islands/index.ts`. */
  readonly name: IslandName;
  readonly of: ComponentType<Props>;
  /** Plain JSON. */
  readonly props: Props;
  /** Texts that it uses; only these are sent. */
  readonly messages: readonly MessageKey[];
  /**
   * When its script is fetched. `focus` is when somebody points at it or comes to it by keyboard: for what
   * works without, so that who only looks at the page is sent no React.
   */
  readonly when?: 'now' | 'idle' | 'visible' | 'focus';
  readonly className?: string;
}) {
  const { locale } = usePage();
  const scope: IslandScope = {
    language: locale.language,
    messages: pick(messagesOf(locale.language), messages),
  };
  const html = renderToString(
    <IslandProvider scope={scope}>
      <Component {...props} />
    </IslandProvider>,
    { identifierPrefix: `${name}-` },
  );
  return (
    <>
      <div
        className={className}
        data-island={name}
        data-when={when}
        dangerouslySetInnerHTML={{ __html: html }}
      />
      <script
        type="application/json"
        data-island-of={name}
        dangerouslySetInnerHTML={{ __html: toScriptJson({ scope, props }) }}
      />
    </>
  );
}

function pick(all: CompiledMessages, keys: readonly MessageKey[]): CompiledMessages {
  const table = all as Readonly<Record<string, unknown>>;
  return Object.fromEntries(keys.map((key) => [key, table[key]])) as CompiledMessages;
}

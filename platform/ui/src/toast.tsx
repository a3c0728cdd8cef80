import { Toast } from '@base-ui/react/toast';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** Around everything that may tell something in passing. */
export function ToastProvider({
  closeLabel,
  children,
}: {
  readonly closeLabel: string;
  readonly children: ReactNode;
}) {
  return (
    <Toast.Provider>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="ui-toasts">
          <ToastList closeLabel={closeLabel} />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList({ closeLabel }: { readonly closeLabel: string }) {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="ui-toast">
      <div>
        <Toast.Title className="ui-toast__title" />
        <Toast.Description className="ui-toast__text" />
      </div>
      <Toast.Close
        className="ui-button ui-button--ghost ui-button--small ui-button--icon"
        aria-label={closeLabel}
      >
        <Icon name="close" />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** Gives the function that tells something in passing; it is read out as well. */
export function useToast(): (
  title: string,
  options?: { readonly text?: string; readonly type?: 'success' | 'error' },
) => void {
  const { add } = Toast.useToastManager();
  return (title, { text, type } = {}) => {
    add({
      title,
      ...(text !== undefined && { description: text }),
      ...(type !== undefined && { type }),
      ...(type === 'error' && { priority: 'high' as const }),
    });
  };
}

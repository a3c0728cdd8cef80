/**
 * Wakes those who wait for a feed to grow. A reader takes the count before it looks, so a ring
 * between its look and its wait is not lost. Another process's commits are not heard: waiters look
 * again by themselves every second.
 */
export interface Bell {
  /** Number of rings so far. */
  count(): number;
  ring(): void;
  /** Ends at the first ring after `heard`, after the time, at the signal, or when the bell closes. */
  wait(heard: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Lets all waiters go; nobody waits afterwards. */
  close(): void;
  readonly closed: boolean;
}

export function createBell(): Bell {
  let rings = 0;
  let closed = false;
  const waiters = new Set<() => void>();
  const release = (): void => {
    for (const wake of [...waiters]) wake();
  };
  return {
    count: () => rings,
    ring: () => {
      rings += 1;
      release();
    },
    wait: (heard, timeoutMs, signal) =>
      new Promise((resolve) => {
        if (rings !== heard || closed || signal.aborted) {
          resolve();
          return;
        }
        const wake = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        signal.addEventListener('abort', wake);
        waiters.add(wake);
      }),
    close: () => {
      closed = true;
      release();
    },
    get closed() {
      return closed;
    },
  };
}

/** Those who wait for news of one kind: whoever comes before the news is woken by it. */
export interface Waiters {
  /** Comes back with the news, or after so many milliseconds without. */
  wait(ms: number): Promise<void>;
  wakeAll(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
      }),
    wakeAll() {
      for (const wake of [...waiting]) wake();
    },
  };
}

/** Something to wait for that may have happened already: one notice is kept until somebody waits. */
export interface Signal {
  notify(): void;
  /** @param ms at most; undefined for ever */
  wait(ms: number | undefined, stopping: AbortSignal): Promise<void>;
}

export function createSignal(): Signal {
  let isSet = false;
  let wake: (() => void) | undefined;
  return {
    notify() {
      isSet = true;
      wake?.();
    },
    async wait(ms, stopping) {
      if (!isSet && !stopping.aborted) {
        await new Promise<void>((resolve) => {
          const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          stopping.addEventListener('abort', wake, { once: true });
        });
        if (wake !== undefined) stopping.removeEventListener('abort', wake);
        wake = undefined;
      }
      isSet = false;
    },
  };
}

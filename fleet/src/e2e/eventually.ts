/**
 * Looks again and again until there is something to see.
 * @throws Error after the time, in milliseconds
 */
export async function eventually<Result>(
  look: () => Promise<Result | undefined>,
  timeoutMs = 20_000,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`nothing was seen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

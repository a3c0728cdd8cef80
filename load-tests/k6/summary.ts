/** k6 calls this at the end with everything that it measured; the runner reads it from the file. */
export function handleSummary(data: unknown): Record<string, string> {
  const file = __ENV['SUMMARY_FILE'];
  return file === undefined ? {} : { [file]: JSON.stringify(data) };
}

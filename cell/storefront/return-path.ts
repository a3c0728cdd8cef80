/** A path of ours below its language: nothing that a browser could take for another site. */
const PATH_PATTERN = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/;

/** Where to go afterwards, as a form or an address says: a page of ours, else `otherwise`. */
export function returnPathOf(from: URLSearchParams, otherwise = '/'): string {
  const path = from.get('return') ?? otherwise;
  return PATH_PATTERN.test(path) ? path : otherwise;
}

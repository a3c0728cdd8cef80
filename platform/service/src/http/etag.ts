const withoutWeakness = (tag: string): string => tag.replace(/^W\//, '');

/**
 * Whether an `If-None-Match` header names the entity tag, by weak comparison (RFC 9110, 8.8.3.2): the tag
 * of a compressed form names the same content.
 */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header === '*') return true;
  const plain = withoutWeakness(etag);
  return header.split(',').some((item) => withoutWeakness(item.trim()) === plain);
}

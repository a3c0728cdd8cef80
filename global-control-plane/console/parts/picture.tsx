import { Icon } from '@commerce/ui/icon';

/** The picture of a product, or its place. What it shows stands beside it, so it says nothing. */
export function Picture({
  hash,
  size = 40,
}: {
  readonly hash: string | null;
  readonly size?: number;
}) {
  if (hash === null) {
    return (
      <span className="c-picture c-picture--none" data-size={size}>
        <Icon name="box" />
      </span>
    );
  }
  return (
    <img
      className="c-picture"
      data-size={size}
      src={`/v1/catalog/media/${hash}`}
      width={size}
      height={size}
      loading="lazy"
      decoding="async"
      alt=""
    />
  );
}

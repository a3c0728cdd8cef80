import type { ApiCard } from './api-types.ts';
import { formatMoney } from './format.ts';
import { usePage } from './page-scope.tsx';

/** A product in a list. `eager` for those that are seen before one scrolls. */
export function ProductCard({
  card,
  eager = false,
  first = false,
  level = 3,
}: {
  readonly card: ApiCard;
  readonly eager?: boolean;
  /** The one that the browser is to fetch before all others. */
  readonly first?: boolean;
  readonly level?: 2 | 3;
}) {
  const { href } = usePage();
  const { image, title, vendor, handle } = card;
  const Heading = `h${level}` as const;
  return (
    <article className="product-card">
      <div className="product-card__picture">
        {image !== null && (
          <img
            src={image.url}
            width={image.width}
            height={image.height}
            alt=""
            loading={eager ? 'eager' : 'lazy'}
            decoding="async"
            {...(first && { fetchPriority: 'high' as const })}
          />
        )}
      </div>
      <Heading className="product-card__title">
        <a href={href(`/products/${handle}`)}>{title}</a>
      </Heading>
      <p className="product-card__vendor">{vendor.name}</p>
      <CardPrice card={card} />
    </article>
  );
}

function CardPrice({ card }: { readonly card: ApiCard }) {
  const { t, locale } = usePage();
  const { price, priceMax, available } = card;
  if (price === null) return null;
  const from = formatMoney(price, locale.language);
  const isRange = priceMax !== null && priceMax.amountMinor > price.amountMinor;
  return (
    <p className="product-card__price">
      <span className="ui-price">{isRange ? t('product.priceFrom', { price: from }) : from}</span>
      {available === 0 && <span className="product-card__out">{t('product.soldOut')}</span>}
    </p>
  );
}

import { Breadcrumbs } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import type { ApiCard, ApiImage, ApiProduct, ApiSearch, ApiVendor } from '../api-types.ts';
import { formatMoney } from '../format.ts';
import { Island } from '../island.tsx';
import { BuyBox, type BuyVariant } from '../islands/buy-box.tsx';
import { FORM_TOKEN_FIELD } from '../layout/form-token.tsx';
import { ProductGrid } from '../listing/listing-view.tsx';
import { definePage, type PageContext } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { bestVariant } from '../product/choose-variant.ts';
import { describeInBrief, productDocument } from '../product/structured-product.ts';
import { countryName } from '@commerce/contracts/countries';
import { breadcrumbDocument } from '../structured.ts';

interface ProductData {
  readonly product: ApiProduct;
  readonly vendor: ApiVendor;
  readonly variants: readonly BuyVariant[];
  readonly selected: BuyVariant | undefined;
  readonly similar: readonly ApiCard[];
}

/** A product, with an address for each of its variants. */
export const productPage = definePage<ProductData>({
  path: '/products/:handle',
  async load(context) {
    const { params, query, read, readPriced } = context;
    const product = await readPriced<ApiProduct>(
      `/v1/products/${encodeURIComponent(params['handle'] ?? '')}`,
    );
    const category = product.breadcrumbs.at(-1)?.handle;
    const [vendor, similar] = await Promise.all([
      read<ApiVendor>(`/v1/vendors/${product.vendor.slug}`),
      category === undefined
        ? undefined
        : readPriced<ApiSearch>('/v1/search', { category, limit: 5 }),
    ]);
    const variants = product.variants.map((variant) => toBuyVariant(context, product, variant));
    const wanted = Object.fromEntries(
      product.options.flatMap(({ code }) => {
        const value = query.get(code);
        return value === null ? [] : [[code, value]];
      }),
    );
    return {
      data: {
        product,
        vendor,
        variants,
        selected: bestVariant(variants, wanted),
        similar: (similar?.items ?? []).filter(({ id }) => id !== product.id).slice(0, 4),
      },
    };
  },
  head({ product, selected }, context) {
    const [image] = product.media;
    const path = `/products/${product.handle}`;
    return {
      title: product.title,
      description: describeInBrief(product.description),
      canonical: path,
      type: 'product',
      image: image?.url,
      preloadImage: image?.url,
      structured: [
        productDocument(context, product, selected?.id),
        breadcrumbDocument(context, [
          ...product.breadcrumbs.map(({ handle, name }) => ({
            name,
            path: `/categories/${handle}`,
          })),
          { name: product.title, path },
        ]),
      ],
    };
  },
  View: ProductView,
});

function toBuyVariant(
  { href, locale }: PageContext,
  product: ApiProduct,
  { id, options, price, available }: ApiProduct['variants'][number],
): BuyVariant {
  const values = Object.fromEntries(options.map(({ code, value }) => [code, value]));
  return {
    id,
    options: values,
    available,
    price: price === null ? null : formatMoney(price, locale.language),
    href: href(`/products/${product.handle}`, values),
  };
}

function ProductView({ data }: { readonly data: ProductData }) {
  const { t, href } = usePage();
  const { product, vendor, similar } = data;
  return (
    <article className="product">
      <Breadcrumbs
        label={t('nav.breadcrumbs')}
        crumbs={[
          { name: t('site.name'), href: href('/') },
          ...product.breadcrumbs.map(({ handle, name }) => ({
            name,
            href: href(`/categories/${handle}`),
          })),
          { name: product.title },
        ]}
      />
      <div className="product__main">
        <Gallery images={product.media} />
        <div className="product__side">
          <header>
            <a className="product__vendor" href={href(`/vendors/${vendor.slug}`)}>
              {vendor.name}
            </a>
            <h1>{product.title}</h1>
          </header>
          <Buying data={data} />
          <Promises vendor={vendor} />
        </div>
      </div>
      <div className="product__about">
        <section aria-labelledby="description">
          <h2 id="description">{t('product.description')}</h2>
          {product.description.split(/\n+/).map((paragraph, index) => (
            <p key={index}>{paragraph}</p>
          ))}
        </section>
        <Attributes product={product} />
      </div>
      {similar.length > 0 && (
        <section className="section" aria-labelledby="similar">
          <h2 id="similar">{t('product.similar')}</h2>
          <ProductGrid cards={similar} level={3} eager={0} />
        </section>
      )}
    </article>
  );
}

function Gallery({ images }: { readonly images: readonly ApiImage[] }) {
  const { t } = usePage();
  return (
    <ul className="gallery" aria-label={t('product.pictures')} data-count={images.length}>
      {images.map(({ url, width, height, alt }, index) => (
        <li key={`${index} ${url}`}>
          <img
            src={url}
            width={width}
            height={height}
            alt={alt}
            loading={index === 0 ? 'eager' : 'lazy'}
            {...(index === 0 && { fetchPriority: 'high' as const })}
          />
        </li>
      ))}
    </ul>
  );
}

function Buying({ data }: { readonly data: ProductData }) {
  const { t, href, path, formToken } = usePage();
  const { product, variants, selected } = data;
  if (selected === undefined) return <p className="stock stock--out">{t('product.soldOutLong')}</p>;
  return (
    <Island
      name="buy-box"
      of={BuyBox}
      when="focus"
      props={{
        options: product.options,
        variants,
        selectedId: selected.id,
        taxNote: t(product.tax.display === 'inclusive' ? 'product.taxIn' : 'product.taxOn'),
        action: href('/cart'),
        tokenField: FORM_TOKEN_FIELD,
        token: formToken,
        returnTo: path,
      }}
      messages={[
        'product.quantity',
        'product.add',
        'product.soldOut',
        'product.soldOutLong',
        'product.few',
        'product.inStock',
      ]}
    />
  );
}

/** What one wants to know before one buys. */
function Promises({ vendor }: { readonly vendor: ApiVendor }) {
  const { t, locale } = usePage();
  const country = countryName(locale.country, locale.language);
  return (
    <ul className="promises">
      <li>
        <Icon name="truck" />
        <span>
          {t('product.sentBy', { vendor: vendor.name, country: vendor.countryName })}{' '}
          <span className="muted">{t('product.deliveryTo', { country })}</span>
        </span>
      </li>
      <li>
        <Icon name="shield" />
        <span>{t('product.payment')}</span>
      </li>
    </ul>
  );
}

function Attributes({ product }: { readonly product: ApiProduct }) {
  const { t } = usePage();
  if (product.attributes.length === 0) return null;
  return (
    <section aria-labelledby="details">
      <h2 id="details">{t('product.details')}</h2>
      <dl className="attributes">
        {product.attributes.map(({ code, label, values }) => (
          <div key={code}>
            <dt>{label}</dt>
            <dd>{values.map((value) => value.label).join(', ')}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

import { Badge, Notice, type Tone } from '@commerce/ui/content';
import type { MessageKey } from '../i18n.ts';
import { usePage } from '../page-scope.tsx';
import type { ApiTestCard } from './api-types.ts';
import { useFault } from './faults.tsx';
import type { CheckoutData } from './load-checkout.ts';

const OUTCOMES: Readonly<
  Record<ApiTestCard['outcome'], { readonly name: MessageKey; readonly tone: Tone }>
> = {
  approved: { name: 'card.approved', tone: 'success' },
  challenge: { name: 'card.challenge', tone: 'info' },
  declined: { name: 'card.declined', tone: 'danger' },
  unusual: { name: 'card.unusual', tone: 'neutral' },
};

/** Cards that most people want to try; the rest is one press away. */
const FIRST_TOKENS = new Set([
  'tok_visa',
  'tok_mastercard',
  'tok_3ds',
  'tok_declined',
  'tok_insufficient_funds',
]);

/** How to pay: with one of the gateway's test cards, since no money moves here. */
export function PaymentChoice({ data }: { readonly data: CheckoutData }) {
  const { t } = usePage();
  const { cards, faults, entry } = data;
  const fault = useFault(faults, 'payment');
  const chosen = entry.token === '' ? cards[0]?.token : entry.token;
  const first = cards.filter(({ token }) => FIRST_TOKENS.has(token));
  const others = cards.filter(({ token }) => !FIRST_TOKENS.has(token));
  const isOther = others.some(({ token }) => token === chosen);
  return (
    <section className="checkout__section" aria-labelledby="payment-title">
      <h2 id="payment-title">{t('checkout.payment')}</h2>
      {cards.length === 0 && <Notice tone="warning">{t('checkout.noCards')}</Notice>}
      <fieldset className="picks" id="payment" tabIndex={-1}>
        <legend className="ui-visually-hidden">{t('checkout.cards')}</legend>
        <Notice tone="info">{t('checkout.cardsText')}</Notice>
        {fault !== undefined && <p className="ui-field__error">{fault}</p>}
        {first.map((card) => (
          <CardOption key={card.token} card={card} isChosen={card.token === chosen} />
        ))}
        {others.length > 0 && (
          <details className="picks__more" open={isOther}>
            <summary>{t('checkout.moreCards', { count: others.length })}</summary>
            {others.map((card) => (
              <CardOption key={card.token} card={card} isChosen={card.token === chosen} />
            ))}
          </details>
        )}
      </fieldset>
    </section>
  );
}

function CardOption({
  card,
  isChosen,
}: {
  readonly card: ApiTestCard;
  readonly isChosen: boolean;
}) {
  const { t } = usePage();
  const { name, tone } = OUTCOMES[card.outcome];
  return (
    <label className="pick">
      <input type="radio" name="token" value={card.token} defaultChecked={isChosen} />
      <span className={`card-mark card-mark--${card.brand.toLowerCase()}`} aria-hidden="true" />
      <span className="pick__text">
        <span className="pick__name">
          <bdi dir="ltr">
            {card.brand} •••• {card.lastDigits}
          </bdi>
        </span>
        <span className="pick__hint" lang="en" dir="ltr">
          {card.description}
        </span>
      </span>
      <Badge tone={tone}>
        <bdi>{t(name)}</bdi>
      </Badge>
    </label>
  );
}

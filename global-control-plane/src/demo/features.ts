import { type DemoText, texts } from './texts.ts';

/** A promise that shoppers can filter by, as a label and as a sentence of the description. */
export interface Feature {
  readonly code: string;
  readonly labels: DemoText;
  readonly about: DemoText;
}

export const FEATURES: readonly Feature[] = [
  {
    code: 'repairable',
    labels: texts(
      'Repairable',
      'Reparierbar',
      'Réparable',
      'Reparable',
      'قابل للإصلاح',
      '修理可能',
    ),
    about: texts(
      'Repairs are free for five years.',
      'Reparaturen sind fünf Jahre lang kostenlos.',
      'Les réparations sont gratuites pendant cinq ans.',
      'Las reparaciones son gratuitas durante cinco años.',
      'الإصلاح مجاني لمدة خمس سنوات.',
      '修理は5年間無料です。',
    ),
  },
  {
    code: 'plastic-free',
    labels: texts(
      'Plastic-free packaging',
      'Plastikfrei verpackt',
      'Emballage sans plastique',
      'Embalaje sin plástico',
      'تغليف بلا بلاستيك',
      'プラスチックフリー包装',
    ),
    about: texts(
      'It arrives in packaging without plastic.',
      'Geliefert wird in einer Verpackung ohne Plastik.',
      'La livraison se fait dans un emballage sans plastique.',
      'Se entrega en un embalaje sin plástico.',
      'يصل في تغليف خالٍ من البلاستيك.',
      'プラスチックを使わない包装でお届けします。',
    ),
  },
  {
    code: 'small-batch',
    labels: texts(
      'Small batch',
      'Kleinserie',
      'Petite série',
      'Serie corta',
      'إنتاج محدود',
      '少量生産',
    ),
    about: texts(
      'We make it in small batches, a few hundred at a time.',
      'Wir fertigen in kleinen Serien, wenige hundert auf einmal.',
      'Nous fabriquons en petites séries de quelques centaines.',
      'Lo fabricamos en series cortas de unos pocos cientos.',
      'ننتجه بكميات صغيرة، بضع مئات في كل مرة.',
      '一度に数百点だけの少量生産です。',
    ),
  },
  {
    code: 'family-made',
    labels: texts(
      'Family workshop',
      'Familienbetrieb',
      'Atelier familial',
      'Taller familiar',
      'ورشة عائلية',
      '家族経営の工房',
    ),
    about: texts(
      'A family workshop looks after every step.',
      'Ein Familienbetrieb begleitet jeden Schritt.',
      'Un atelier familial veille à chaque étape.',
      'Un taller familiar cuida cada paso.',
      'تشرف ورشة عائلية على كل خطوة.',
      '家族経営の工房がすべての工程を手がけます。',
    ),
  },
  {
    code: 'climate',
    labels: texts(
      'Low-carbon delivery',
      'Klimaschonend geliefert',
      'Livraison bas carbone',
      'Envío bajo en carbono',
      'توصيل منخفض الكربون',
      '低炭素配送',
    ),
    about: texts(
      'Parcels travel by rail and cargo bike wherever they can.',
      'Pakete reisen, wo immer es geht, mit Bahn und Lastenrad.',
      'Les colis voyagent en train et en vélo cargo autant que possible.',
      'Los paquetes viajan en tren y bicicleta de carga siempre que se puede.',
      'تُنقل الطرود بالقطار ودراجات الشحن كلما أمكن.',
      '荷物はできる限り鉄道とカーゴバイクで運びます。',
    ),
  },
  {
    code: 'gift',
    labels: texts(
      'Gift box',
      'Geschenkbox',
      'Coffret cadeau',
      'Caja de regalo',
      'علبة هدية',
      'ギフトボックス',
    ),
    about: texts(
      'A gift box and a card are included.',
      'Geschenkbox und Karte liegen bei.',
      'Un coffret cadeau et une carte sont inclus.',
      'Incluye caja de regalo y tarjeta.',
      'تأتي معه علبة هدية وبطاقة.',
      'ギフトボックスとカードが付きます。',
    ),
  },
];

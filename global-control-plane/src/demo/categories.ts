import type { CategoryDocument } from '@commerce/contracts/catalog';
import { type DemoText, texts } from './texts.ts';

/** A category before the control plane gives it an id. Parents come before their children. */
export type DemoCategory = Omit<CategoryDocument, 'id'>;

const tree: readonly (readonly [handle: string, parent: string | null, names: DemoText])[] = [
  ['clothing', null, texts('Clothing', 'Kleidung', 'Vêtements', 'Ropa', 'ملابس', '衣類')],
  [
    'tops',
    'clothing',
    texts('Tops', 'Oberteile', 'Hauts', 'Partes de arriba', 'قمصان وبلوزات', 'トップス'),
  ],
  [
    'knitwear',
    'clothing',
    texts('Knitwear', 'Strickwaren', 'Mailles', 'Punto', 'ملابس صوفية', 'ニット'),
  ],
  [
    'trousers',
    'clothing',
    texts('Trousers', 'Hosen', 'Pantalons', 'Pantalones', 'بناطيل', 'パンツ'),
  ],
  [
    'outerwear',
    'clothing',
    texts(
      'Outerwear',
      'Jacken und Mäntel',
      'Vestes et manteaux',
      'Chaquetas y abrigos',
      'سترات ومعاطف',
      'アウター',
    ),
  ],
  ['shoes', null, texts('Shoes', 'Schuhe', 'Chaussures', 'Calzado', 'أحذية', 'シューズ')],
  [
    'accessories',
    null,
    texts(
      'Accessories',
      'Accessoires',
      'Accessoires',
      'Complementos',
      'إكسسوارات',
      'アクセサリー・小物',
    ),
  ],
  [
    'bags',
    'accessories',
    texts(
      'Bags and wallets',
      'Taschen und Geldbörsen',
      'Sacs et portefeuilles',
      'Bolsos y carteras',
      'حقائب ومحافظ',
      'バッグ・財布',
    ),
  ],
  [
    'jewellery',
    'accessories',
    texts('Jewellery', 'Schmuck', 'Bijoux', 'Joyería', 'مجوهرات', 'ジュエリー'),
  ],
  ['home', null, texts('Home', 'Wohnen', 'Maison', 'Hogar', 'المنزل', 'ホーム')],
  ['kitchen', 'home', texts('Kitchen', 'Küche', 'Cuisine', 'Cocina', 'المطبخ', 'キッチン')],
  [
    'home-textiles',
    'home',
    texts(
      'Home textiles',
      'Heimtextilien',
      'Linge de maison',
      'Textil del hogar',
      'مفروشات',
      'ホームテキスタイル',
    ),
  ],
  ['lighting', 'home', texts('Lighting', 'Leuchten', 'Luminaires', 'Iluminación', 'إضاءة', '照明')],
  ['furniture', 'home', texts('Furniture', 'Möbel', 'Meubles', 'Muebles', 'أثاث', '家具')],
  [
    'electronics',
    null,
    texts(
      'Electronics',
      'Elektronik',
      'Électronique',
      'Electrónica',
      'إلكترونيات',
      '家電・電子機器',
    ),
  ],
  ['audio', 'electronics', texts('Audio', 'Audio', 'Audio', 'Sonido', 'صوتيات', 'オーディオ')],
  [
    'desk',
    'electronics',
    texts(
      'For the desk',
      'Für den Schreibtisch',
      'Pour le bureau',
      'Para el escritorio',
      'للمكتب',
      'デスク周り',
    ),
  ],
  [
    'outdoor',
    null,
    texts('Outdoor', 'Draußen', 'Plein air', 'Aire libre', 'الهواء الطلق', 'アウトドア'),
  ],
  ['camping', 'outdoor', texts('Camping', 'Camping', 'Camping', 'Acampada', 'تخييم', 'キャンプ')],
  [
    'stationery',
    null,
    texts('Stationery', 'Schreibwaren', 'Papeterie', 'Papelería', 'قرطاسية', '文房具'),
  ],
];

const categories: readonly DemoCategory[] = tree.map(([handle, parent, names], position) => ({
  handle,
  parent,
  names: { ...names },
  position,
}));

/** The 20 categories of the demo, as a tree of two levels, parents first. */
export function demoCategories(): readonly DemoCategory[] {
  return categories;
}

const parents: ReadonlyMap<string, string | null> = new Map(
  tree.map(([handle, parent]) => [handle, parent]),
);

/** A category's handle, followed by its parent's where it has one. */
export function categoryPath(handle: string): string[] {
  const parent = parents.get(handle) ?? null;
  return parent === null ? [handle] : [handle, parent];
}

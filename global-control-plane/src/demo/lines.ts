/** Names of product lines, each in the three scripts of the demo: Latin, Arabic, Katakana. */
export interface LineName {
  readonly slug: string;
  readonly latin: string;
  readonly arabic: string;
  readonly katakana: string;
}

const rows =
  'Aurora أورورا オーロラ|Fjord فيورد フィヨルド|Luna لونا ルナ|Terra تيرا テラ|Delta دلتا デルタ|Alba ألبا アルバ|' +
  'Nova نوفا ノヴァ|Oslo أوسلو オスロ|Atlas أطلس アトラス|Milo ميلو ミロ|Nora نورا ノラ|Iris إيريس イリス|' +
  'Vega فيغا ベガ|Mira ميرا ミラ|Orion أوريون オリオン|Cielo سييلو シエロ|Siena سيينا シエナ|Bergen بيرغن ベルゲン|' +
  'Porto بورتو ポルト|Verona فيرونا ヴェローナ|Capri كابري カプリ|Petra بترا ペトラ|Zagora زاكورة ザゴラ|Sahara صحارى サハラ|' +
  'Savanna سافانا サバンナ|Tundra تندرا ツンドラ|Taiga تايغا タイガ|Monsoon مونسون モンスーン|Mistral ميسترال ミストラル|' +
  'Zephyr زفير ゼファー|Solstice سولستيس ソルスティス|Eclipse إكليبس エクリプス|Horizon هورايزن ホライズン|Marina مارينا マリーナ|' +
  'Laguna لاغونا ラグーナ|Coral كورال コーラル|Opal أوبال オパール|Onyx أونيكس オニキス|Amber عنبر アンバー|Saffron زعفران サフラン|' +
  'Cedro سيدرو セドロ|Olivo أوليفو オリーボ|Juno جونو ジュノ|Leo ليو レオ|Clara كلارا クララ|Hugo هوغو ヒューゴ|Emil إميل エミル|' +
  'Astrid أستريد アストリッド|Freya فريا フレイヤ|Pico بيكو ピコ|Roma روما ローマ';

/** All lines; their number is prime to the steps that the generator walks them in. */
export const LINES: readonly LineName[] = rows.split('|').map((row) => {
  const [latin = '', arabic = '', katakana = ''] = row.split(' ');
  return { slug: latin.toLowerCase(), latin, arabic, katakana };
});

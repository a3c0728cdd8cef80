/**
 * A drawing for each kind of product, inside a square of 100 × 100. The main fill comes from the
 * group around it; `D` stands for a darker paint and `L` for a lighter one.
 */
export const SILHOUETTES: { readonly [kind: string]: string } = {
  't-shirt':
    '<path d="M36 24 18 34l7 16 8-4v34h34V46l8 4 7-16-18-10c-4 7-24 7-28 0z"/><path d="M36 24c4 7 24 7 28 0" fill="none"/>',
  shirt:
    '<path d="M38 22 22 32l5 48h8l1-30v32h28V50l1 30h8l5-48-16-10-12 8z"/><path d="m38 22 12 14 12-14M50 36v46" fill="none"/><circle cx="53" cy="48" r="1" fill="D"/><circle cx="53" cy="58" r="1" fill="D"/><circle cx="53" cy="68" r="1" fill="D"/>',
  jumper:
    '<path d="M38 24 22 32l-4 44h10l6-26v30h32V50l6 26h10l-4-44-16-8c-4 6-20 6-24 0z"/><path d="M34 74h32M18 70h11M71 70h11" fill="none"/><path d="M34 46h32M34 54h32" stroke="L" stroke-dasharray="3 3" fill="none"/>',
  cardigan:
    '<path d="M38 22 22 32l-4 44h10l6-26v32h32V50l6 26h10l-4-44-16-10-12 24z"/><path d="M50 46v36M38 64h8M54 64h8" fill="none"/><circle cx="53" cy="54" r="1.4" fill="L"/><circle cx="53" cy="64" r="1.4" fill="L"/><circle cx="53" cy="74" r="1.4" fill="L"/>',
  beanie:
    '<circle cx="50" cy="22" r="7" fill="L"/><path d="M22 66c0-52 56-52 56 0z"/><rect x="18" y="62" width="64" height="16" rx="6" fill="D"/><path d="M38 62c0-20 4-32 12-34 8 2 12 14 12 34" fill="none"/>',
  trousers:
    '<path d="M34 18h32l6 66H56l-6-40-6 40H28z"/><path d="M34 25h33M50 25v19M37 25c0 6-3 8-5 9M63 25c0 6 3 8 5 9" fill="none"/>',
  shorts:
    '<path d="M30 28h40l8 42H55l-5-18-5 18H22z"/><path d="M29 36h42M50 36v16M48 36l-3 14M52 36l3 14" fill="none"/>',
  raincoat:
    '<path d="M36 30 22 38l-4 34h10l4-18v32h36V54l4 18h10l-4-34-14-8z"/><path d="M34 32c0-22 32-22 32 0-6 8-26 8-32 0z" fill="D"/><path d="M50 38v48M38 66h8M54 66h8" fill="none" stroke="L"/>',
  jacket:
    '<path d="M37 22 21 32l-3 42h10l5-24v30h34V50l5 24h10l-3-42-16-10-13 6z"/><path d="M37 22l6 16 7-10 7 10 6-16" fill="D"/><path d="M50 30v50M37 56h8v10h-8zM55 56h8v10h-8z" fill="none"/>',
  trainers:
    '<path d="M14 62c0-10 2-20 4-22 8 6 16 4 20-2l26 18c10 2 20 4 22 12v6H14z"/><path d="M12 70h76v6c0 3-2 4-5 4H17c-3 0-5-1-5-4z" fill="L"/><path d="m42 44-6 6M48 48l-6 6M54 52l-6 6" fill="none"/>',
  boots:
    '<path d="M30 16h28v36c8 6 22 6 24 18v6H30z"/><path d="M28 74h56v8H28z" fill="D"/><path d="M30 26h28M58 40h-8M58 46h-8M59 52h-8" fill="none"/>',
  sandals:
    '<path d="M14 66c8-8 60-10 72 0 3 6-1 10-8 10H22c-8 0-11-4-8-10z"/><path d="M30 64c4-22 10-28 16-28 6 2 8 16 22 26l-10 2c-8-6-12-12-14-14-2 2-4 8-5 14z" fill="D"/>',
  backpack:
    '<path d="M38 22c0-12 24-12 24 0" fill="none" stroke-width="4"/><rect x="26" y="20" width="48" height="62" rx="14"/><rect x="32" y="52" width="36" height="24" rx="5" fill="D"/><path d="M32 40h36M46 58h8" fill="none" stroke="L" stroke-width="2"/>',
  tote: '<path d="M36 42V28c0-16 28-16 28 0v14" fill="none" stroke-width="4"/><path d="M22 38h56l5 44H17z"/><path d="M22 46h56" fill="none" stroke="L"/>',
  wallet:
    '<rect x="16" y="32" width="68" height="42" rx="6"/><path d="M16 42h68" fill="none"/><rect x="62" y="48" width="22" height="12" rx="6" fill="D"/><circle cx="69" cy="54" r="2" fill="L"/>',
  ring: '<circle cx="50" cy="58" r="23" fill="none" stroke="D" stroke-width="9"/><circle cx="50" cy="58" r="23" fill="none" stroke-width="6" stroke="L"/><path d="m40 24 20 0 6 8-16 14-16-14z"/><path d="M34 32h32M44 32l6 14 6-14" fill="none"/>',
  necklace:
    '<path d="M22 18c0 36 18 46 28 46s28-10 28-46" fill="none" stroke-width="2.4" stroke-dasharray="3 2"/><path d="m50 62 10 12-10 14-10-14z"/><path d="M40 74h20" fill="none"/>',
  earrings:
    '<path d="M34 22v16M66 22v16" fill="none" stroke-width="2"/><circle cx="34" cy="20" r="3" fill="L"/><circle cx="66" cy="20" r="3" fill="L"/><path d="M34 36c14 18 12 40 0 40s-14-22 0-40zM66 36c14 18 12 40 0 40s-14-22 0-40z"/>',
  mug: '<path d="M66 40c22-4 22 30 0 28" fill="none" stroke-width="6"/><path d="M24 28h44v42c0 8-5 10-10 10H34c-5 0-10-2-10-10z"/><path d="M24 40h44" stroke="L" fill="none" stroke-width="3"/>',
  teapot:
    '<path d="M72 46c22-4 18 28-4 26" fill="none" stroke-width="5"/><path d="M28 52 12 40l-4 4 20 28z" fill="D"/><path d="M24 58c0-20 52-20 52 0 0 16-8 22-26 22s-26-6-26-22z"/><path d="M36 42c4-8 24-8 28 0z" fill="L"/><circle cx="50" cy="33" r="4"/>',
  bowl: '<path d="M14 44h72c0 24-14 36-36 36S14 68 14 44z"/><path d="M38 80h24v5H38z" fill="D"/><ellipse cx="50" cy="44" rx="36" ry="7" fill="L"/>',
  knife:
    '<path d="M12 56 60 34c4 0 5 3 4 8l-6 8c-14 6-32 8-46 6z" fill="L"/><path d="m60 44 24-12c5-1 7 5 3 8L64 54z"/><circle cx="70" cy="45" r="1.4" fill="D"/><circle cx="78" cy="41" r="1.4" fill="D"/>',
  pan: '<path d="m64 54 26-22c4-2 8 3 5 6L70 62z" fill="D"/><ellipse cx="42" cy="60" rx="32" ry="22"/><ellipse cx="42" cy="57" rx="25" ry="15" fill="L"/>',
  blanket:
    '<path d="M18 34c12-8 52-8 64 0v36c-12 8-52 8-64 0z"/><path d="M18 46c12-8 52-8 64 0M18 58c12-8 52-8 64 0" fill="none" stroke="L" stroke-width="3"/><path d="M20 72v8M28 75v8M36 76v8M44 77v8M52 77v8M60 77v8M68 75v8M78 73v8" fill="none"/>',
  cushion:
    '<path d="M20 26c10 4 50 4 60 0 4 10 4 40 0 50-10-4-50-4-60 0-4-10-4-40 0-50z"/><path d="m50 34 16 17-16 17-16-17z" fill="L"/><circle cx="50" cy="51" r="3" fill="D"/>',
  towel:
    '<rect x="16" y="22" width="68" height="5" rx="2.5" fill="D"/><path d="M28 24h44v56H28z"/><path d="M28 64h44M28 69h44" fill="none" stroke="L" stroke-width="2.4"/>',
  'table-lamp':
    '<path d="M36 18h28l12 32H24z" fill="L"/><path d="M47 50h6v26h-6z"/><ellipse cx="50" cy="80" rx="18" ry="5"/>',
  'pendant-lamp':
    '<path d="M50 8v24" fill="none" stroke-width="2"/><path d="M44 32h12c2 12 26 14 28 36H16c2-22 26-24 28-36z"/><path d="M40 68c0 12 20 12 20 0z" fill="L"/>',
  chair:
    '<path d="M32 16h6v36h-6zM62 16h6v36h-6z" fill="D"/><rect x="30" y="18" width="40" height="10" rx="4"/><rect x="28" y="48" width="44" height="9" rx="4"/><path d="M30 57h6l-3 28h-5zM64 57h6l2 28h-5zM34 36h32" />',
  'side-table':
    '<ellipse cx="50" cy="38" rx="34" ry="8"/><path d="M16 38c0 12 68 12 68 0v4c0 11-68 11-68 0z" fill="D"/><path d="M26 48h5l-4 36h-5zM69 48h5l4 36h-5zM47 50h6v34h-6z"/>',
  shelf:
    '<path d="M22 14h56v72H22z"/><path d="M27 19h46v17H27zM27 41h46v17H27zM27 63h46v18H27z" fill="L"/><path d="M30 22h4v14h-4zM36 24h5v12h-5zM56 44h4v14h-4zM62 46h5v12h-5zM32 68h18v13H32z" fill="D"/>',
  headphones:
    '<path d="M22 60V50c0-36 56-36 56 0v10" fill="none" stroke-width="5"/><rect x="16" y="54" width="16" height="28" rx="7"/><rect x="68" y="54" width="16" height="28" rx="7"/><rect x="28" y="57" width="6" height="22" rx="3" fill="D"/><rect x="66" y="57" width="6" height="22" rx="3" fill="D"/>',
  speaker:
    '<rect x="28" y="14" width="44" height="72" rx="8"/><circle cx="50" cy="60" r="16" fill="D"/><circle cx="50" cy="60" r="7" fill="L"/><circle cx="50" cy="30" r="8" fill="D"/><circle cx="50" cy="30" r="3" fill="L"/>',
  keyboard:
    '<rect x="8" y="34" width="84" height="36" rx="6"/><path d="M14 42h72M14 50h72M14 58h72" fill="none" stroke="L" stroke-width="5.4" stroke-dasharray="6 2.2"/><path d="M32 65h36" fill="none" stroke="L" stroke-width="3.6"/>',
  charger:
    '<ellipse cx="50" cy="80" rx="30" ry="6" fill="D"/><path d="M44 52h12v28H44z"/><rect x="34" y="16" width="32" height="50" rx="5"/><rect x="37" y="20" width="26" height="42" rx="3" fill="L"/><path d="m52 30-8 12h6l-2 10 8-12h-6z" fill="D"/>',
  tent: '<path d="M50 20 90 78H10z"/><path d="M50 20 62 78H38z" fill="D"/><path d="M50 20 44 78h6z" fill="L"/><path d="M6 78h88M50 20l-3-5M50 20l3-5" fill="none"/>',
  'sleeping-bag':
    '<path d="M34 16c8-6 24-6 32 0 10 20 8 50 2 68-10 4-26 4-36 0-6-18-8-48 2-68z"/><path d="M38 26c4-8 20-8 24 0 0 12-24 12-24 0z" fill="L"/><path d="M50 36v48M32 52h36M31 66h38" fill="none"/>',
  bottle:
    '<rect x="42" y="10" width="16" height="10" rx="3" fill="D"/><path d="M40 20h20c0 8 6 8 6 18v42c0 4-3 6-6 6H40c-3 0-6-2-6-6V38c0-10 6-10 6-18z"/><path d="M34 52h32v14H34z" fill="L"/>',
  notebook:
    '<rect x="26" y="16" width="50" height="68" rx="4"/><path d="M26 16h10v68H26z" fill="D"/><rect x="44" y="28" width="24" height="12" rx="2" fill="L"/><path d="M66 16v68" fill="none" stroke="L" stroke-width="2"/>',
  pen: '<path d="M70 14 84 28 44 68 30 54z"/><path d="M30 54 44 68 20 80z" fill="L"/><path d="m20 80 14-16" fill="none"/><path d="m62 22 14 14" fill="none" stroke="L" stroke-width="3"/>',
};

import { unitsLeft } from '@commerce/contracts/order-units';
import { TextField } from '@commerce/ui/field';
import { useState } from 'react';
import type { Fulfilment } from '../api/types.ts';
import { useLanguage } from '../i18n/language.tsx';

type Line = Fulfilment['lines'][number];

export interface ChosenUnits {
  readonly typed: Readonly<Record<string, string>>;
  readonly type: (lineId: string, text: string) => void;
  /** What was chosen; undefined where something that was typed is no number of units. */
  readonly chosen: readonly { readonly lineId: string; readonly quantity: number }[] | undefined;
}

/** Units by line, all that are left to begin with. */
export function useUnits(lines: readonly Line[]): ChosenUnits {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(lines.map((line) => [line.id, String(unitsLeft(line))])),
  );
  const units = lines.map((line) => {
    const text = typed[line.id] ?? '';
    const quantity = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
    return { lineId: line.id, quantity, isRight: quantity <= unitsLeft(line) };
  });
  const wanted = units.filter(({ quantity }) => quantity !== 0);
  const isRight = wanted.length > 0 && wanted.every((entry) => entry.isRight);
  return {
    typed,
    type: (lineId, text) => setTyped((before) => ({ ...before, [lineId]: text })),
    chosen: isRight ? wanted.map(({ lineId, quantity }) => ({ lineId, quantity })) : undefined,
  };
}

/** A field for the units of each line. */
export function UnitFields({
  lines,
  units,
  tried,
}: {
  readonly lines: readonly Line[];
  readonly units: ChosenUnits;
  readonly tried: boolean;
}) {
  const { text, formats } = useLanguage();
  return lines.map((line) => {
    const left = unitsLeft(line);
    const value = units.typed[line.id] ?? '';
    const isWrong = !/^\d{1,3}$/.test(value) || Number(value) > left;
    return (
      <TextField
        key={line.id}
        label={line.title}
        hint={text('fulfil.left', { count: left, units: formats.number(left) })}
        inputMode="numeric"
        autoComplete="off"
        value={value}
        onChange={(event) => units.type(line.id, event.target.value)}
        error={tried && isWrong ? text('stock.wrongUnits') : undefined}
      />
    );
  });
}

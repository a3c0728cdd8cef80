import type { ProductMedia as Media } from '@commerce/contracts/catalog';
import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { TextField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { read } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import { useText } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { fitPicture } from './fit-picture.ts';
import { Picture } from './picture.tsx';
import type { Editing } from './use-product-editor.ts';

const PICTURES_MAX = 50;

function useUpload(onUploaded: (media: Media) => void) {
  const { actingFor } = useVendor();
  return useMutation({
    mutationFn: async (file: File): Promise<Media> => {
      const { data, width, height } = await fitPicture(file);
      const { hash, contentType } = await read<Pick<Media, 'hash' | 'contentType'>>(
        '/v1/catalog/media',
        { method: 'POST', content: { type: data.type, data }, actingFor },
      );
      return { hash, contentType, width, height, alt: {} };
    },
    onSuccess: onUploaded,
  });
}

/** The pictures of a product, the first of which stands for it, and what each shows in words. */
export function ProductMedia({
  editing,
  tag,
}: {
  readonly editing: Editing;
  readonly tag: string;
}) {
  const text = useText();
  const { form, change, disabled, problem } = editing;
  const input = useRef<HTMLInputElement>(null);
  const put = (next: (media: Media[]) => Media[]): void =>
    change((before) => ({ ...before, media: next(before.media) }));
  const { mutate, isPending, error } = useUpload((added) =>
    put((media) => [...media.filter(({ hash }) => hash !== added.hash), added]),
  );
  const refused = problem('media');
  return (
    <Card>
      <h2>{text('product.media')}</h2>
      {error !== null && (
        <Notice tone="danger" live>
          {error instanceof ApiProblem ? (
            <ProblemText error={error} />
          ) : (
            text('product.wrongPicture')
          )}
        </Notice>
      )}
      {refused !== undefined && <Notice tone="danger">{refused}</Notice>}
      <ul className="c-media">
        {form.media.map((media, index) => (
          <li key={media.hash}>
            <Picture hash={media.hash} size={96} />
            <TextField
              label={text('product.alt', { number: index + 1 })}
              disabled={disabled}
              maxLength={500}
              value={media.alt[tag] ?? ''}
              onChange={({ target }) =>
                put((all) =>
                  all.with(index, { ...media, alt: { ...media.alt, [tag]: target.value } }),
                )
              }
            />
            <span className="c-row-actions">
              {index > 0 && (
                <Button
                  type="button"
                  size="small"
                  disabled={disabled}
                  onClick={() => put((all) => [media, ...all.toSpliced(index, 1)])}
                >
                  {text('product.makeFirst')}
                </Button>
              )}
              <Button
                type="button"
                size="small"
                variant="ghost"
                disabled={disabled}
                onClick={() => put((all) => all.toSpliced(index, 1))}
              >
                {text('remove')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {!disabled && form.media.length < PICTURES_MAX && (
        <div>
          <input
            ref={input}
            type="file"
            accept="image/*"
            className="ui-visually-hidden"
            tabIndex={-1}
            aria-label={text('product.addPicture')}
            onChange={({ target }) => {
              const [file] = target.files ?? [];
              if (file !== undefined) mutate(file);
              target.value = '';
            }}
          />
          <Button type="button" busy={isPending} onClick={() => input.current?.click()}>
            <Icon name="upload" />
            {text('product.addPicture')}
          </Button>
          <p className="c-muted c-hint">{text('product.pictureHint')}</p>
        </div>
      )}
    </Card>
  );
}

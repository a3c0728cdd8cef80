import { type ComponentProps, type ReactNode, useId } from 'react';
import { classNames } from './class-names.tsx';
import { Icon } from './icon.tsx';

interface Labelled {
  readonly label: ReactNode;
  /** Keeps the label for those who hear the page, where its place shows what it is. */
  readonly hideLabel?: boolean | undefined;
  /** Said after the label of what may stay empty. */
  readonly optional?: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong and how to mend it. */
  readonly error?: ReactNode;
}

interface Wiring {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

function Labels({
  field,
  givenId,
  className,
  children,
}: {
  readonly field: Labelled;
  readonly givenId: string | undefined;
  readonly className?: string | undefined;
  readonly children: (wiring: Wiring) => ReactNode;
}) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const { label, hideLabel = false, optional, hint, error } = field;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={classNames('ui-field', className)}>
      <label
        className={classNames('ui-field__label', hideLabel && 'ui-visually-hidden')}
        htmlFor={id}
      >
        {label}
        {optional && <span className="ui-field__optional"> {optional}</span>}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error ? true : undefined,
      })}
      {hint && (
        <p className="ui-field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="ui-field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** A line of text with its label, hint and error. */
export function TextField({
  label,
  hideLabel,
  optional,
  hint,
  error,
  id,
  className,
  ...rest
}: ComponentProps<'input'> & Labelled) {
  return (
    <Labels field={{ label, hideLabel, optional, hint, error }} givenId={id} className={className}>
      {(wiring) => <input {...rest} {...wiring} className="ui-input" />}
    </Labels>
  );
}

/** Several lines of text. */
export function TextAreaField({
  label,
  hideLabel,
  optional,
  hint,
  error,
  id,
  className,
  ...rest
}: ComponentProps<'textarea'> & Labelled) {
  return (
    <Labels field={{ label, hideLabel, optional, hint, error }} givenId={id} className={className}>
      {(wiring) => <textarea {...rest} {...wiring} className="ui-input" />}
    </Labels>
  );
}

/** One of several, by the browser's own list: it works without a script, and on a phone. */
export function SelectField({
  label,
  hideLabel,
  optional,
  hint,
  error,
  id,
  className,
  ...rest
}: ComponentProps<'select'> & Labelled) {
  return (
    <Labels field={{ label, hideLabel, optional, hint, error }} givenId={id} className={className}>
      {(wiring) => (
        <span className="ui-select">
          <select {...rest} {...wiring} className="ui-input" />
          <Icon name="chevron-down" />
        </span>
      )}
    </Labels>
  );
}

/** Yes or no, or one of a group where its type is `radio`. */
export function Choice({
  label,
  type = 'checkbox',
  className,
  ...rest
}: Omit<ComponentProps<'input'>, 'type'> & {
  readonly label: ReactNode;
  readonly type?: 'checkbox' | 'radio';
}) {
  return (
    <label className={classNames('ui-choice', className)}>
      <input {...rest} type={type} />
      <span>{label}</span>
    </label>
  );
}

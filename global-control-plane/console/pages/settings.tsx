import { allCountries } from '@commerce/contracts/countries';
import type { VendorDocument } from '@commerce/contracts/catalog';
import { Button } from '@commerce/ui/button';
import { Badge, Card, Notice } from '@commerce/ui/content';
import { SelectField, TextField } from '@commerce/ui/field';
import { useToast } from '@commerce/ui/toast';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useForm } from 'react-hook-form';
import { read, send } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import type { User } from '../api/types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { DataTable } from '../parts/data-table.tsx';
import { StaffForm } from '../parts/staff-form.tsx';
import { VendorStatusBadge } from '../parts/status-badge.tsx';
import { Page } from '../shell/page.tsx';
import { useMayManage, useSession } from '../shell/session.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';
import { useVendor, vendorKey } from '../shell/vendor.tsx';

interface Profile {
  readonly name: string;
  readonly country: string;
}

function useProfilePatch(body: (given: Profile) => object) {
  const { vendor, api, etag } = useVendor();
  const queries = useQueryClient();
  const toast = useToast();
  const text = useText();
  return useMutation({
    mutationFn: (given: Profile) =>
      send<VendorDocument>(api, { method: 'PATCH', body: body(given), ifMatch: etag ?? '*' }),
    onSuccess: (answer) => {
      queries.setQueryData(vendorKey(vendor.id), answer);
      toast(text('saved'), { type: 'success' });
    },
    onError: async (error) => {
      // What somebody else has written meanwhile is shown, and the next try is against that.
      if (isProblem(error, 'precondition-failed')) {
        await queries.invalidateQueries({ queryKey: vendorKey(vendor.id) });
      }
    },
  });
}

function ProfileCard() {
  const { text, formats } = useLanguage();
  const { vendor } = useVendor();
  const mayManage = useMayManage();
  const { register, handleSubmit, formState } = useForm<Profile>({
    values: { name: vendor.name, country: vendor.country },
    resetOptions: { keepDirtyValues: true },
  });
  const { mutate, isPending, error } = useProfilePatch((given) => given);
  const countries = useMemo(
    () =>
      allCountries()
        .map(({ code }) => ({ code, name: formats.country(code) }))
        .toSorted((a, b) => a.name.localeCompare(b.name)),
    [formats],
  );
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('settings.profile')}</h2>
        <VendorStatusBadge status={vendor.status} />
      </div>
      <form
        className="c-form"
        noValidate
        onSubmit={(event) => void handleSubmit((given) => mutate(given))(event)}
      >
        {error !== null && (
          <Notice tone="danger" live>
            {isProblem(error, 'precondition-failed') ? (
              text('conflict.short')
            ) : (
              <ProblemText error={error} />
            )}
          </Notice>
        )}
        <TextField
          label={text('name')}
          disabled={!mayManage}
          maxLength={200}
          error={formState.errors.name && text('required')}
          {...register('name', { required: true, validate: (name) => name.trim() !== '' })}
        />
        <SelectField label={text('country')} disabled={!mayManage} {...register('country')}>
          {countries.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField label={text('settings.slug')} value={vendor.slug} disabled readOnly />
        {mayManage && (
          <div>
            <Button type="submit" variant="primary" busy={isPending} disabled={!formState.isDirty}>
              {text('save')}
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}

function RatesCard() {
  const { text, tag, formats } = useLanguage();
  const { vendor } = useVendor();
  return (
    <section className="c-stack">
      <h2>{text('settings.shipping')}</h2>
      {vendor.shippingRates.length === 0 ? (
        <Notice tone="warning">{text('settings.noRates')}</Notice>
      ) : (
        <DataTable
          label={text('settings.shipping')}
          rows={vendor.shippingRates}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'name',
              name: text('name'),
              isHead: true,
              show: ({ names, code }) => textFor(names, tag) || code,
            },
            { id: 'market', name: text('market'), show: ({ market }) => formats.market(market) },
            {
              id: 'days',
              name: text('settings.days'),
              align: 'end',
              show: ({ minDays, maxDays }) =>
                `${formats.number(minDays)}–${formats.number(maxDays)}`,
            },
            {
              id: 'price',
              name: text('price'),
              align: 'end',
              show: ({ amountMinor, currency }) => formats.money(amountMinor, currency),
            },
          ]}
        />
      )}
    </section>
  );
}

const ROLES: Readonly<Record<string, MessageKey>> = {
  owner: 'role.owner',
  editor: 'role.editor',
  viewer: 'role.viewer',
};

function StaffCard() {
  const text = useText();
  const { api } = useVendor();
  const query = useQuery({
    queryKey: ['staff', api],
    queryFn: ({ signal }) => read<{ staff: User[] }>(`${api}/staff`, { signal }),
  });
  return (
    <Card>
      <h2>{text('settings.staff')}</h2>
      <Shown query={query} rows={2}>
        {({ staff }) => (
          <ul className="c-rows">
            {staff.map(({ id, name, email, roles }) => (
              <li key={id}>
                <span className="c-rows__main">
                  {name}
                  <span className="c-muted c-thing__note">{email}</span>
                </span>
                {roles.map((role) => {
                  const known = ROLES[role];
                  return <Badge key={role}>{known === undefined ? role : text(known)}</Badge>;
                })}
              </li>
            ))}
          </ul>
        )}
      </Shown>
      <StaffForm />
    </Card>
  );
}

/** What an operator may set: whether the vendor's products are sold. */
function StatusCard() {
  const text = useText();
  const { vendor } = useVendor();
  const status = vendor.status === 'active' ? 'suspended' : 'active';
  const { mutate, isPending, error } = useProfilePatch(() => ({ status }));
  return (
    <Card>
      <h2>{text('settings.selling')}</h2>
      <p className="c-muted">{text('settings.sellingText')}</p>
      {error !== null && (
        <Notice tone="danger" live>
          <ProblemText error={error} />
        </Notice>
      )}
      <div>
        <Button
          variant={status === 'suspended' ? 'danger' : 'primary'}
          busy={isPending}
          onClick={() => mutate({ name: vendor.name, country: vendor.country })}
        >
          {text(status === 'suspended' ? 'settings.suspend' : 'settings.activate')}
        </Button>
      </div>
    </Card>
  );
}

/** The vendor's profile, how it ships, and who works for it. */
export function Settings() {
  const text = useText();
  const { isOperator } = useSession();
  const mayManage = useMayManage();
  return (
    <Page title={text('nav.settings')}>
      <div className="c-split c-split--even">
        <ProfileCard />
        {mayManage && <StaffCard />}
        {isOperator && <StatusCard />}
      </div>
      <RatesCard />
    </Page>
  );
}

import { Icon } from '@commerce/ui/icon';
import { Menu } from '@commerce/ui/menu';
import { useToast } from '@commerce/ui/toast';
import { useText } from '../i18n/language.tsx';
import { useSession } from './session.tsx';

export function AccountMenu() {
  const text = useText();
  const toast = useToast();
  const { user, signOut } = useSession();
  return (
    <Menu
      label={text('menu.account', { name: user.name })}
      trigger={
        <>
          <Icon name="user" />
          <span className="c-top__word">{user.name}</span>
        </>
      }
      entries={[
        { label: user.email, disabled: true },
        {
          label: text('signOut'),
          icon: 'lock',
          separated: true,
          onSelect: () => {
            signOut().catch(() => toast(text('failure.title'), { type: 'error' }));
          },
        },
      ]}
    />
  );
}

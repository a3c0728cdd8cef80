import '@commerce/ui/styles.css';
import './styles/console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Console } from './console.tsx';
import { applyTheme } from './shell/theme.ts';

applyTheme();
document.documentElement.dataset['density'] = 'compact';
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
}

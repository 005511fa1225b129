// The page of the control API. The language and the theme are those of the console.
const saved = (key) => {
  try {
    return localStorage.getItem('cosemu.' + key);
  } catch {
    return null;
  }
};

const zh = (saved('language') || navigator.language).startsWith('zh');
const dark = saved('theme') === 'dark' || (saved('theme') !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.lang = zh ? 'zh-CN' : 'en';
document.documentElement.dataset.theme = dark ? 'dark' : 'light';

const colours = dark
  ? { 'bg-color': '#12151a', 'text-color': '#e6eaf0', 'primary-color': '#76b4ff', 'secondary-color': '#76b4ff', 'nav-bg-color': '#181c22', 'nav-text-color': '#e6eaf0' }
  : { 'bg-color': '#ffffff', 'text-color': '#1a1f26', 'primary-color': '#0a5bc4', 'secondary-color': '#0a5bc4', 'nav-bg-color': '#f0f2f5', 'nav-text-color': '#1a1f26' };

const explorer = document.createElement('openapi-explorer');
for (const [name, value] of Object.entries({
  'spec-url': '/api/v1/openapi.json', 'hide-server-selection': 'true', 'hide-authentication': 'true', 'default-schema-tab': 'body', 'use-path-in-nav-bar': 'true',
  'font-size': 'regular', ...colours,
})) explorer.setAttribute(name, value);

const head = document.createElement('div');
head.slot = 'overview-header';
const title = Object.assign(document.createElement('h1'), { textContent: zh ? 'cosemu 控制接口' : 'The control API of cosemu' });
const back = Object.assign(document.createElement('a'), { href: '/', textContent: zh ? '返回控制台' : 'To the console' });
const file = Object.assign(document.createElement('a'), { href: '/api/v1/openapi.json', textContent: 'openapi.json' });
head.append(title, back, ' · ', file);
explorer.append(head);
document.getElementById('page').append(explorer);

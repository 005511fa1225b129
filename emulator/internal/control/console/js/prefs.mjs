// Language and theme: the browser's until somebody chooses.
import { createStore, useStore } from './ui.mjs';
import en from './words.en.mjs';
import zh from './words.zh.mjs';

const saved = (key) => {
  try {
    return localStorage.getItem('cosemu.' + key);
  } catch {
    return null; // a browser that keeps nothing
  }
};

const keep = (key, value) => {
  try {
    localStorage.setItem('cosemu.' + key, value);
  } catch {
    // it lasts as long as the page
  }
};

const browsers = (navigator.languages?.[0] || navigator.language || 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';

export const language = createStore(saved('language') === 'zh' || saved('language') === 'en' ? saved('language') : browsers);
export const theme = createStore(['light', 'dark'].includes(saved('theme')) ? saved('theme') : 'auto');

export function setLanguage(value) {
  keep('language', value);
  language.set(value);
}

export function setTheme(value) {
  keep('theme', value);
  theme.set(value);
}

const apply = () => {
  document.documentElement.lang = language.get() === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset.theme = theme.get();
};
language.watch(apply);
theme.watch(apply);
apply();

export const words = () => (language.get() === 'zh' ? zh : en);

/** The page's words in the language that is chosen. */
export function useWords() {
  return useStore(language) === 'zh' ? zh : en;
}

/** Colours as the system has them, light or dark, one after the other; print and reload begin with the system's. */
export function startTheme() {
  const themes = ['auto', 'light', 'dark'];
  const button = document.querySelector('.theme');
  if (!(button instanceof HTMLButtonElement)) return;
  const show = (/** @type {string} */ theme) => {
    if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.dataset['theme'] = theme;
    button.dataset['theme'] = theme;
    button.textContent = `Colours: ${theme}`;
  };
  button.hidden = false;
  show('auto');
  button.addEventListener('click', () => {
    const next = themes.indexOf(button.dataset['theme'] ?? 'auto') + 1;
    show(themes[next % themes.length] ?? 'auto');
  });
}

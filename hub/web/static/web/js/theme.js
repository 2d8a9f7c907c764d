// The reader's theme, kept in a cookie so that the server's first paint is already right.
export function startTheme() {
  const buttons = [...document.querySelectorAll("[data-theme-choice]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const theme = button.dataset.themeChoice;
      document.documentElement.dataset.theme = theme;
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      document.dispatchEvent(new CustomEvent("hub:theme"));
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("hub:theme"));
  });
}

// The reader's theme, kept in a cookie so that the server's first paint is already right.
import { all, within } from "./page.js";

const tell = () => document.dispatchEvent(new CustomEvent("hub:theme"));
within("click", "[data-theme-choice]", (button) => {
  const theme = button.dataset.themeChoice;
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  for (const each of all("[data-theme-choice]")) each.ariaPressed = String(each === button);
  tell();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);

// What every page needs. Every page reads without it.
import "./charts.js";
import "./controls.js";
import "./keys.js";
import "./live.js";
import "./palette.js";
import "./theme.js";
import "./time.js";
import "./toasts.js";

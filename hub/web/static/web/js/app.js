// Boots what a page needs. Every page reads without it.
import { startCharts } from "./charts.js";
import { startControls } from "./controls.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startPalette } from "./palette.js";
import { startTheme } from "./theme.js";
import { startTicking } from "./time.js";
import { startToasts } from "./toasts.js";

startTheme();
startTicking();
startControls();
startToasts();
startPalette();
startKeys();
startCharts();
startLive();

// For pages that need nothing of Jira but its theme.

import { startTheme } from "./bridge.js";

startTheme();

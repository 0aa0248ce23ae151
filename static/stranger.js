// The page for somebody whom nobody names: the branch name can be copied without.

import { offerCopies } from "./copying.js";

offerCopies(document);

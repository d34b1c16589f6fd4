// The list wizard, and the edit page that shares its parts: each starts where its elements are.
import * as assign from "./assign.js";
import * as columns from "./columns.js";
import * as draft from "./draft.js";
import * as settings from "./list_settings.js";
import * as upload from "./upload.js";

for (const part of [upload, settings, assign, columns, draft]) part.start();

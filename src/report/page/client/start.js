import { startTables } from './tables.js';
import { startTheme } from './theme.js';
import { startTreemaps } from './treemap.js';

startTheme();
startTables();
startTreemaps();

/** The process of the image. `bin/leadplatform.js` starts the same command line from a checkout. */
import { runProcess } from './cli.ts';

await runProcess(process.argv.slice(2));

// Owns a child, a grandchild and a folder, says so, and waits to be killed. Run by guardian.test.ts.
import { join } from 'node:path';
import { temporaryFolder } from '../../testbed/folders.ts';
import { startProcess } from '../../testbed/processes.ts';

const how = process.argv[2];
const folder = await temporaryFolder('owner');
const child = await startProcess({
  name: 'child',
  command: '/bin/sh',
  // A stubborn one ignores a polite end, as a server in trouble may; so does what it starts.
  args: ['-c', `${how === 'stubborn' ? 'trap "" TERM;' : ''} sleep 1000 & echo $!; while :; do wait; done`],
  logFile: join(folder.path, 'child.log'),
});
let grandchild = '';
while (grandchild === '') grandchild = await child.logTail(1);
process.stdout.write(
  `${JSON.stringify({ child: child.pid, grandchild: Number(grandchild), folder: folder.path })}\n`,
);
if (how === 'throw') throw new Error('as told');
if (how === 'exit') process.exit(0);

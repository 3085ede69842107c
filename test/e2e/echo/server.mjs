// Answers each request with what this container is.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

function isWritable(path) {
  try {
    writeFileSync(path, '');
    return true;
  } catch {
    return false;
  }
}

const facts = {
  node: process.version,
  uid: process.getuid(),
  rootIsWritable: isWritable('/probe'),
  memoryLimit: process.constrainedMemory(),
};
const server = createServer((_request, response) => response.end(JSON.stringify(facts)));
server.listen(8080, () => console.log('listening'));
process.once('SIGTERM', () => server.close());

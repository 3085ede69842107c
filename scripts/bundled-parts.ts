/**
 * What the running operator uses of packages whose own entry loads more, for the bundle: all that is loaded is held for as long
 * as the process lives.
 */
import type { Plugin } from 'esbuild';

/** In place of all of undici: a fetch, web sockets, caches and mocks of servers. */
const UNDICI = {
  Agent: 'undici/lib/dispatcher/agent.js',
  buildConnector: 'undici/lib/core/connect.js',
  Pool: 'undici/lib/dispatcher/pool.js',
  ProxyAgent: 'undici/lib/dispatcher/proxy-agent.js',
};

/** Files that are loaded by `leadplatform run`. Commands that end at once, and libraries, get the whole. */
const RUNNING = /[\\/](?:src|controller[\\/](?:runtime|http|leadplatform))[\\/]/;

export const bundledParts: Plugin = {
  name: 'parts of packages',
  setup: (build) => {
    build.onResolve({ filter: /^undici$/ }, ({ importer }) =>
      RUNNING.test(importer) && !importer.includes('node_modules')
        ? { path: 'undici', namespace: 'parts' }
        : undefined,
    );
    // A name that is none of the parts ends the build: esbuild finds no such export.
    build.onLoad({ filter: /^undici$/, namespace: 'parts' }, () => ({
      contents: [
        ...Object.entries(UNDICI).map(([name, file]) => `export { default as ${name} } from '${file}';`),
        // The entry of the package gives every dispatcher its methods: `request` and the like.
        `import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';`,
        `import api from 'undici/lib/api/index.js';`,
        'Object.assign(Dispatcher.prototype, api);',
      ].join('\n'),
      resolveDir: process.cwd(),
    }));
    // Express loads it, with tables of character sets, and nothing that the operator serves has a body.
    build.onResolve({ filter: /^body-parser$/ }, () => ({ path: 'body-parser', namespace: 'parts' }));
    build.onLoad({ filter: /^body-parser$/, namespace: 'parts' }, () => ({
      contents: 'module.exports = {};',
    }));
  },
};

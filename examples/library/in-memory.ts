// Builds files that are only in memory, and writes the image as a tar to standard output. The store
// is the only place on disk that changes.
import { pipeline } from 'node:stream/promises'
import { build } from 'tsbuild'

const [root = 'store'] = process.argv.slice(2)
await build({
  context: {
    Dockerfile: 'FROM scratch\nCOPY bin /bin/\nCMD ["/bin/hello"]\n',
    'bin/hello': { content: '#!/bin/sh\necho hello\n', mode: 0o755 },
  },
  root,
  outputs: [{ kind: 'oci', dest: (archive) => pipeline(archive, process.stdout), names: ['hello:1'] }],
})

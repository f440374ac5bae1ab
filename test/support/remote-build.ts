import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../../scripts/bundle.ts'
import type { BuildOptions } from '../../src/options.ts'
import type { BuildResult } from '../../src/build-result.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { test as plainTest } from './test.ts'
import { writeTree } from './write-tree.ts'

const root = join(import.meta.dirname, '../..')

type Library = Pick<typeof import('../../src/index.ts'), 'build'>

/** Builds a Dockerfile; standard error and output of its steps are in `log`. */
export type RemoteBuild = (
  dockerfile: string,
  options?: Partial<BuildOptions>,
) => Promise<BuildResult & { readonly log: string }>

/**
 * `remoteBuild`: builds with the bundled library, each time in a store of its own. The program that
 * is sent to workers exists in the package only, which is bundled once for a file.
 */
export const test = plainTest.extend<{ readonly library: Library; readonly remoteBuild: RemoteBuild }>({
  library: [
    async ({}, use) => {
      const directory = join(root, '.tmp', `remote-${randomBytes(4).toString('hex')}`)
      await mkdir(directory, { recursive: true })
      try {
        await bundle(root, directory)
        const library: Library = await import(pathToFileURL(join(directory, 'index.js')).href)
        await use(library)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
  remoteBuild: async ({ base, library }, use) => {
    await using directory = await temporaryDirectory()
    await use(async (dockerfile, options) => {
      const id = randomBytes(4).toString('hex')
      const context = join(directory.path, `context-${id}`)
      await writeTree(context, { Dockerfile: dockerfile, file: 'content\n' })
      const log: Buffer[] = []
      const result = await library.build({
        context,
        contexts: { base: `oci-layout://${base}:latest` },
        args: { SOURCE_DATE_EPOCH: '1700000000' },
        outputs: [{ kind: 'oci', dest: join(directory.path, `${id}.tar`), tar: true, names: [] }],
        root: join(directory.path, id),
        report: (event) => {
          if (event.type === 'log') log.push(Buffer.from(event.data))
        },
        ...options,
      })
      return { ...result, log: Buffer.concat(log).toString() }
    })
  },
})

/** Three steps with output, owners, a removal, and mounts that go along. */
export const remoteDockerfile: string = [
  'FROM base AS one',
  'RUN echo out && echo err >&2 && echo made > /made && chown app /made && rm -r /home',
  'FROM base',
  'COPY --from=one /made /copied',
  'RUN --mount=type=bind,target=/context --mount=type=tmpfs,target=/t cat /context/file /copied > /two && touch /t/x',
  'RUN <<EOF',
  'cat /two > /three',
  'EOF',
].join('\n')

import { constants, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { debianArchive, withoutDebian } from '../support/debian-archive.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { runBundle } from '../support/run-container.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'

const root = join(import.meta.dirname, '../..')
const obstacle =
  withoutRoot() ??
  withoutPrograms('umoci', 'crun', 'unshare', 'mount') ??
  (await withoutRun()) ??
  (await withoutDebian())

test.skipIf(obstacle !== undefined)(
  titled('examples/node-service: npm ci in a RUN, and the service runs', obstacle),
  async ({ store, directory }) => {
    const build = async (...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await tsbuild(args, { root: store })
      expect(code, stderr).toBe(0)
    }
    const base = join(directory, 'base')
    await writeNodeContext(join(directory, 'context'))
    await build(
      '-t',
      'node:1',
      '-o',
      `type=oci,tar=false,dest=${base},compression=uncompressed`,
      join(directory, 'context'),
    )

    const layout = join(directory, 'service')
    const registry = (await runOrThrow('npm', ['config', 'get', 'registry'])).trim()
    const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'].filter(
      (name) => process.env[name] !== undefined,
    )
    const args = [
      'NODE_IMAGE=node',
      `NPM_CONFIG_REGISTRY=${registry}`,
      ...proxies.map((name) => `${name}=${process.env[name] ?? ''}`),
    ]
    await build(
      ...['--build-context', `node=oci-layout://${base}:1`, ...args.flatMap((arg) => ['--build-arg', arg])],
      ...[
        '-t',
        'service:1',
        '-o',
        `type=oci,tar=false,dest=${layout},compression=uncompressed`,
        join(root, 'examples/node-service'),
      ],
    )
    const { config } = await openImage(layout)
    expect(config.config).toMatchObject({
      User: '1000:1000',
      WorkingDir: '/app',
      ExposedPorts: { '8080/tcp': {} },
      Healthcheck: { Test: ['CMD', 'node', 'healthcheck.js'], Interval: 10_000_000_000, Timeout: 3_000_000_000 },
    })
    const bundle = join(directory, 'bundle')
    await runOrThrow('umoci', ['unpack', '--image', `${layout}:1`, bundle])
    const script =
      'node server.js & for i in 1 2 3 4 5 6 7 8 9; do sleep 0.5; node healthcheck.js 2>/dev/null && echo healthy && exit; done; exit 1'
    expect(await runBundle(bundle, ['sh', '-c', script])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('healthy'),
    })
  },
)

/**
 * A context whose Dockerfile makes an image like `node:24-slim`: Debian, this Node and an npm from
 * the registry.
 */
async function writeNodeContext(context: string): Promise<void> {
  await mkdir(context, { recursive: true })
  await copyFile(debianArchive, join(context, 'debian.tar'), constants.COPYFILE_FICLONE)
  await copyFile(process.execPath, join(context, 'node'))
  await writeFile(join(context, 'package.json'), '{ "private": true }')
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', 'npm@11'], { cwd: context })
  const certificates = await certificateFile()
  if (certificates !== undefined) await copyFile(certificates, join(context, 'certificates.crt'))
  const dockerfile = `FROM scratch
ADD debian.tar /
${certificates === undefined ? '' : 'COPY certificates.crt /etc/ssl/\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/certificates.crt'}
COPY --chmod=755 node /usr/local/bin/
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm --version
`
  await writeFile(join(context, 'Dockerfile'), dockerfile)
}

/** On a machine whose traffic is inspected, Node or npm trusts its own certificate. */
async function certificateFile(): Promise<string | undefined> {
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? (await runOrThrow('npm', ['config', 'get', 'cafile'])).trim()
  return ['', 'null', 'undefined'].includes(file) ? undefined : file
}

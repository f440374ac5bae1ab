import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { findTarget } from '../../scripts/executable/target.ts'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { type ProgramResult, runOrThrow, runProgram } from '../support/run-program.ts'
import { startDocker, withoutDocker } from '../support/start-docker.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as buildTest } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

const root = join(import.meta.dirname, '../..')
const repository = 'https://git.example/team/tsbuild'
/** Root file systems of the image, kept between runs. */
const roots = join(tmpdir(), 'tsbuild-test-image-roots')

const obstacle = withoutRoot() ?? withoutPrograms('mmdebstrap', 'busybox', 'openssl') ?? (await withoutPeerNode())
const armObstacle = withoutPrograms('qemu-aarch64-static')
const dockerObstacle = withoutDocker() ?? withoutPrograms('skopeo')

/** Reason why no executable for the other processor can be made. */
async function withoutPeerNode(): Promise<Obstacle> {
  if (process.arch !== 'x64') return `a release is not made on ${process.arch}`
  return findTarget('arm64', join(root, '.tmp/executable')).then(
    () => undefined,
    () => 'no Node for arm64 from the npm registry',
  )
}

interface Release {
  readonly directory: string
  /** PEM file of a throw-away key. */
  readonly key: string
  readonly publicKey: string
}

const test = buildTest.extend<{ release: Release }>({
  release: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      const [key, publicKey] = [join(directory.path, 'key.pem'), join(directory.path, 'public.pem')]
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      await writeFile(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await writeFile(publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }))
      const output = join(directory.path, 'release')
      const args = ['--key', key, '--output', output, '--repository', repository, '--roots', roots]
      await runOrThrow('node', [join(root, 'scripts/release/main.ts'), ...args])
      await use({ directory: output, key, publicKey })
    },
    { scope: 'file' },
  ],
})

describe.skipIf(obstacle !== undefined)(titled('a release', obstacle), () => {
  // The release is made in this test.
  const timeout = 900_000
  test('has signed checksums of all its files', { timeout }, async ({
    release: { directory, publicKey },
    directory: work,
  }) => {
    const names = (await readdir(directory)).filter((name) => !name.startsWith('SHA256SUMS'))
    const sums = await runOrThrow('sha256sum', ['--check', 'SHA256SUMS'], { cwd: directory })
    expect(sums.trim().split('\n').sort()).toEqual(names.map((name) => `${name}: OK`).sort())
    const signature = join(work, 'signature')
    await writeFile(signature, Buffer.from(await readFile(join(directory, 'SHA256SUMS.sig'), 'utf8'), 'base64'))
    const verify = (file: string): Promise<ProgramResult> =>
      runProgram('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, file])
    expect((await verify(join(directory, 'SHA256SUMS'))).stdout).toBe('Verified OK\n')
    expect((await verify(join(directory, 'SHA256SUMS.sig'))).code).toBe(1)
  })

  test('has a package that says where it comes from', async ({ release: { directory }, directory: work }) => {
    const [archive = ''] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'))
    await runOrThrow('tar', ['-xzf', join(directory, archive), '-C', work])
    const manifest: Readonly<Record<string, unknown>> = JSON.parse(
      await readFile(join(work, 'package/package.json'), 'utf8'),
    )
    expect(manifest).toMatchObject({
      name: 'tsbuild-oci',
      repository: { url: `git+${repository}.git` },
      bugs: { url: `${repository}/issues` },
    })
    expect(manifest).not.toHaveProperty('scripts')
    const readme = await readFile(join(work, 'package/README.md'), 'utf8')
    expect(readme).toContain(`](${repository}/blob/v${String(manifest['version'])}/docs/install.md)`)
    expect(readme).not.toMatch(/\]\((?!https:|#)/)
  })

  test('is refused without a key for signatures, and into a directory with files', async ({ release, directory }) => {
    const main = join(root, 'scripts/release/main.ts')
    const again = await runProgram('node', [main, '--key', release.key, '--output', release.directory])
    expect(again.stderr).toContain('is not empty')
    const { stderr } = await runProgram('node', [main, '--key', release.publicKey, '--output', directory])
    expect(stderr).toContain('Error')
    expect(await readdir(directory)).toEqual([])
  })

  test.skipIf(armObstacle !== undefined)(
    titled('has an executable for arm64, which builds without RUN', armObstacle),
    async ({ release, directory }) => {
      const system = join(directory, 'system')
      await mkdir(system)
      await runOrThrow('tar', ['-xf', join(roots, 'root-arm64.tar'), '-C', system])
      const run = (...args: readonly string[]): Promise<ProgramResult> =>
        runProgram('qemu-aarch64-static', ['-L', system, join(release.directory, 'tsbuild-linux-arm64'), ...args], {
          env: { XDG_CACHE_HOME: directory, TSBUILD_ROOT: join(directory, 'store') },
        })
      expect((await run('--version')).stdout).toMatch(/^tsbuild \d/)
      await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /a\nWORKDIR /w\n', a: 'content' })
      const { code, stderr } = await run('-t', 'app', '-o', 'type=cacheonly', join(directory, 'context'))
      expect(code, stderr).toBe(0)
    },
  )

  test.skipIf(dockerObstacle !== undefined)(
    titled('has an image for jobs of GitLab and of Kubernetes', dockerObstacle),
    async ({ release, directory }) => {
      const [name = ''] = (await readdir(release.directory)).filter((file) => /^tsbuild-image-.*\.tar$/.test(file))
      const archive = `oci-archive:${join(release.directory, name)}`
      const index = JSON.parse(await runOrThrow('skopeo', ['inspect', '--raw', archive]))
      expect(index).toMatchObject({
        manifests: ['amd64', 'arm64'].map((architecture) => ({ platform: { os: 'linux', architecture } })),
      })
      await runOrThrow('skopeo', ['copy', '--quiet', archive, `docker-archive:${directory}/image.tar:tsbuild:1`])
      await using daemon = await startDocker(join(directory, 'docker'))
      expect((await daemon.docker('load', '--input', join(directory, 'image.tar'))).code).toBe(0)
      const restricted = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges']
      for (const flags of [
        // A GitLab runner has the repository in a volume, and starts the user of the image.
        ['--volume=/builds', '--workdir=/builds'],
        // A pod under "restricted" with an `emptyDir`; OpenShift chooses the user.
        [...restricted, '--user=1001230000:0', '--tmpfs=/work:exec,mode=1777'],
      ]) {
        const words = ['run', '--rm', '--network=none', ...flags, '--entrypoint=', 'tsbuild:1', 'sh', '-euc', job]
        const { code, stdout, stderr } = await daemon.docker(...words)
        expect(code, stderr).toBe(0)
        expect(stdout).toMatch(/^git version [^]*made by root\n$/)
      }
    },
  )
})

/** Builds an image of its own shell, and reads what a step wrote. */
const job = `git --version
test -s /etc/ssl/certs/ca-certificates.crt
mkdir -p /work/context
cd /work/context
cp /bin/busybox sh
printf 'FROM scratch\\nCOPY sh /bin/sh\\nRUN echo "made by root" > /made\\n' > Dockerfile
tsbuild -o type=local,dest=/work/out .
cat /work/out/made
`

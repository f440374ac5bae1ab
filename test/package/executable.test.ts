import { chmod, chown, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { makeExecutable } from '../../scripts/executable/make.ts'
import { type Obstacle, titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramOptions, type ProgramResult, runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as buildTest } from '../support/test.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'
import { writeTree } from '../support/write-tree.ts'

const root = join(import.meta.dirname, '../..')
const architecture = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined
const obstacle: Obstacle = architecture === undefined ? `no executable for ${process.arch}` : undefined

const test = buildTest.extend<{ executable: string; context: string }>({
  executable: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      const path = join(directory.path, 'tsbuild')
      if (architecture !== undefined) await makeExecutable({ root, arch: architecture, path })
      await use(path)
    },
    { scope: 'file' },
  ],
  context: async ({ directory }, use) => {
    const context = join(directory, 'context')
    await writeTree(context, {
      Dockerfile: `FROM base\nCOPY --chown=app a /a\nRUN echo made > /made && chown 33:44 /made && id -u\n`,
      a: 'content',
    })
    await use(context)
  },
})

/** Plain output, and files with the same date in all images. */
const plain = { NO_COLOR: '1', XDG_CACHE_HOME: undefined, SOURCE_DATE_EPOCH: '1500000000' }

function build(
  executable: string,
  { context, base, dest }: { readonly context: string; readonly base: string; readonly dest: string },
  options: ProgramOptions & { readonly wrap?: readonly string[]; readonly args?: readonly string[] },
): Promise<ProgramResult> {
  const words = [...(options.wrap ?? []), executable, 'build', '--progress=plain', ...(options.args ?? [])]
  const [program = '', ...args] = [
    ...words,
    ...['--build-context', `base=oci-layout://${base}:latest`, '-o', `type=oci,tar=false,dest=${dest}`, context],
  ]
  return runProgram(program, args, { ...options, env: { ...plain, ...options.env } })
}

const runObstacle = obstacle ?? (await withoutRun())
const userObstacle = runObstacle ?? (await withoutOrdinaryUser()) ?? (await withoutUserNamespaces())

describe.skipIf(runObstacle !== undefined)(titled('the one-file executable', runObstacle), () => {
  test('is the program, with its version', async ({ executable, directory }) => {
    const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const answer = await runProgram(executable, ['--version'], { env: { ...plain, HOME: directory } })
    expect(answer).toEqual({ code: 0, stdout: `tsbuild ${version}\n`, stderr: '' })
    expect((await runProgram(executable, ['--colour'], { env: { ...plain, HOME: directory } })).code).toBe(2)
  })

  test.for(['root', 'userns', 'userns-single', 'confined', 'chroot'])(
    'runs steps on the rung %s, for the image that the package makes',
    async (rung, { executable, directory, context, base, build: buildWithPackage, skip }) => {
      const dest = join(directory, 'image')
      const env = { HOME: directory, TSBUILD_ROOT: join(directory, 'store') }
      const { code, stderr } = await build(executable, { context, base, dest }, { env, args: ['--isolation', rung] })
      skip(code === 3, `this machine refuses the rung ${rung}`)
      expect(code, stderr).toBe(0)
      const { digest } = await buildWithPackage(await readFile(join(context, 'Dockerfile'), 'utf8'), {
        files: { a: 'content' },
        env: { SOURCE_DATE_EPOCH: '1500000000' },
      })
      expect((await openImage(dest)).digest).toBe(digest)
    },
  )

  test.skipIf(registryMissing !== undefined)(
    titled('pushes to a registry', registryMissing),
    async ({ executable, directory, context, base }) => {
      await using registry = await startRegistry()
      const env = { HOME: directory, TSBUILD_ROOT: join(directory, 'store') }
      const dest = join(directory, 'image')
      const args = ['-t', `${registry.host}/app:1`, '--push']
      const { code, stderr } = await build(executable, { context, base, dest }, { env, args })
      expect(code, stderr).toBe(0)
      const answer = await fetch(`http://${registry.host}/v2/app/manifests/1`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
      expect(answer.headers.get('docker-content-digest')).toBe((await openImage(dest)).digest)
    },
  )

  test('starts modules of its own and no other file', async ({ executable, directory }) => {
    await writeTree(directory, { 'other.js': 'console.log("ran")', 'program-1/agent-main.js': 'console.log("ran")' })
    const run = (...args: readonly string[]): Promise<ProgramResult> =>
      runProgram(executable, args, { env: { ...plain, HOME: directory, TSBUILD_ROOT: join(directory, 'store') } })
    for (const file of ['other.js', 'program-1/agent-main.js']) {
      const { code, stdout } = await run(join(directory, file))
      expect([code, stdout]).toEqual([2, ''])
    }
    const caches = join(directory, '.cache/tsbuild')
    const [unpacked = ''] = await readdir(caches)
    const copy = join(directory, 'copy', unpacked)
    await writeTree(copy, { 'collect-main.js': 'console.log("ran")' })
    const { code, stdout } = await run(join(copy, 'collect-main.js'))
    expect([code, stdout]).toEqual([2, ''])
  })
})

describe.skipIf(userObstacle !== undefined)(titled('the executable of an ordinary user', userObstacle), () => {
  test('needs no HOME and no other directory than one of its own', async ({ executable, directory, context, base }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid } = user
    const work = join(directory, 'work')
    await mkdir(work)
    await chown(work, uid, gid)
    const script = `mount --bind ${work} ${work} && mount -o remount,bind,ro / && mount -t tmpfs -o ro none /dev/shm && exec "$@"`
    const asUser = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
    const wrap = ['unshare', '--mount', 'sh', '-c', script, 'sh', ...asUser]
    const env = { ...user.env, HOME: undefined, TMPDIR: work, TSBUILD_ROOT: join(work, 'store') }
    const { code, stderr } = await build(executable, { context, base, dest: join(work, 'image') }, { env, wrap })
    expect(code, stderr).toBe(0)
    expect((await readdir(work)).sort()).toEqual(['image', 'store', `tsbuild-${uid}`])
    const dest = join(work, 'other')
    const refused = await build(executable, { context, base, dest }, { env: { ...env, TMPDIR: '/proc' }, wrap })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^error: tsbuild cannot unpack itself: no directory .+\n(  \/.+: .+\n)+hint: set XDG_CACHE_HOME or TMPDIR to/,
    )
  })

  test('passes over a directory for programs that another user prepared', async ({ executable, directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home } = user
    const shared = join(directory, 'shared')
    await mkdir(join(shared, `tsbuild-${uid}`), { recursive: true })
    await chmod(shared, 0o1777)
    await chmod(join(shared, `tsbuild-${uid}`), 0o777)
    const env = { ...plain, ...user.env, HOME: '/proc', TMPDIR: shared }
    const { code, stdout, stderr } = await runProgram(executable, ['--version'], { env, user: { uid, gid }, cwd: home })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^tsbuild /)
    expect(await readdir(join(shared, `tsbuild-${uid}`))).toEqual([])
    await rm(`/tmp/tsbuild-${uid}`, { recursive: true, force: true })
  })

  test('finds a directory that native code can be loaded from', async ({ executable, directory, context, base }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home } = user
    const work = join(directory, 'work')
    await mkdir(work)
    await chown(work, uid, gid)
    const script = `mount -t tmpfs -o noexec,mode=1777 none ${home} && exec "$@"`
    const asUser = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
    const wrap = ['unshare', '--mount', 'sh', '-c', script, 'sh', ...asUser]
    const env = { ...user.env, TMPDIR: work, TSBUILD_ROOT: join(work, 'store') }
    const { code, stderr } = await build(executable, { context, base, dest: join(work, 'image') }, { env, wrap })
    expect(code, stderr).toBe(0)
    expect(await readdir(work)).toContain(`tsbuild-${uid}`)
  })
})

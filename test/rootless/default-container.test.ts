import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { withoutDebian } from '../support/debian-archive.ts'
import { debianImage, installPackages } from '../support/debian-image.ts'
import { titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runOrThrow, runProgram } from '../support/run-program.ts'
import { type DockerDaemon, startDocker, withoutDocker } from '../support/start-docker.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = withoutDocker() ?? (await withoutRun()) ?? (await withoutDebian())

const test = buildTest.extend<{ daemon: DockerDaemon; image: string }>({
  daemon: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      await using daemon = await startDocker(directory.path)
      // Everything that runs in a container is mounted from the machine.
      await writeTree(join(directory.path, 'empty'), { 'etc/hostname': 'empty\n' })
      await runOrThrow('tar', ['-C', join(directory.path, 'empty'), '-cf', join(directory.path, 'empty.tar'), '.'])
      expect(await daemon.docker('import', join(directory.path, 'empty.tar'), 'empty')).toMatchObject({ code: 0 })
      await use(daemon)
    },
    { scope: 'file' },
  ],
  image: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      await use(await debianImage(directory.path))
    },
    { scope: 'file' },
  ],
})

/** A /proc that programs can live with, and a mount that is read-only. */
const surroundings = `RUN --mount=type=bind,target=/context echo to stdout > /dev/stdout; readlink /proc/self/exe; \\
  grep -c processor /proc/cpuinfo; grep ' /context ' /proc/mounts; touch /context/x || true
`

/** Root in a container as Docker starts it. */
describe.skipIf(obstacle !== undefined)(titled('in a default container', obstacle), () => {
  test('root makes the image that root of the machine makes', async ({ daemon, image, directory }) => {
    await writeTree(directory, { 'context/Dockerfile': `FROM base\n${installPackages}${surroundings}` })
    const digests = []
    for (const [name, start] of [
      ['outside', outside],
      ['inside', inside(daemon)],
    ] as const) {
      const { code, stderr } = await build(start, {
        image,
        directory,
        output: `type=oci,tar=false,dest=${directory}/${name},rewrite-timestamp=true`,
      })
      expect(code, stderr).toBe(0)
      expect(stderr).toMatch(/ to stdout\n.* \/usr\/bin\/readlink\n.* [1-9]\d*\n.* \S+ \/context \S+ ro,/)
      expect(stderr).toContain("cannot touch '/context/x': Read-only file system")
      digests.push((await openImage(join(directory, name))).digest)
    }
    expect(digests[1]).toBe(digests[0])
    expect((await inside(daemon)(['doctor'], directory)).stdout).toMatch(/^RUN is isolated with "confined"$/m)
  })

  test('root that leaves its root directory cannot touch a file of the builder', async ({
    daemon,
    image,
    directory,
  }) => {
    const { stderr } = await attack(inside(daemon), { image, directory, user: 'root' })
    expect(stderr).toContain('left the root')
    expect(stderr).not.toMatch(/can signal|can read|can write/)
    expect(await readFile(join(directory, 'canary'), 'utf8')).toBe('secret')
  })

  test('another user becomes root by a program of the image, and cannot leave its root directory', async ({
    daemon,
    image,
    directory,
  }) => {
    const { stderr } = await attack(inside(daemon), { image, directory, user: 'nobody' })
    expect(stderr).toContain('uid 0')
    expect(stderr).not.toMatch(/left the root|can read|can write/)
    expect(await readFile(join(directory, 'canary'), 'utf8')).toBe('secret')
  })

  test('a profile without Landlock leaves the rung chroot as it is, and doctor prints it', async ({
    daemon,
    image,
    directory,
  }) => {
    const profile = join(directory, 'profile.json')
    const refused = { names: ['landlock_create_ruleset'], action: 'SCMP_ACT_ERRNO' }
    await writeFile(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refused] }))
    const start = inside(daemon, '--security-opt', `seccomp=${profile}`)
    const { stderr } = await attack(start, { image, directory, user: 'root' })
    for (const success of ['can signal', 'left the root', 'can read: secret', 'can write'])
      expect(stderr).toContain(success)
    expect((await start(['doctor'], directory)).stdout).toMatch(/^ *landlock +missing/m)
    expect((await inside(daemon)(['doctor'], directory)).stdout).toMatch(/^ *landlock +ABI \d/m)
  })
})

/** Runs tsbuild with a store in a directory. */
type Start = (args: readonly string[], directory: string) => Promise<ProgramResult>

const environment = { SOURCE_DATE_EPOCH: '1500000000', NO_COLOR: '1' }

const outside: Start = (args, directory) =>
  runProgram(tsbuildPath, args, { env: { ...environment, TSBUILD_ROOT: join(directory, 'store-outside') } })

/**
 * In a container with default capabilities and, without further `flags`, the default seccomp
 * profile.
 */
function inside(daemon: DockerDaemon, ...flags: readonly string[]): Start {
  const checkout = join(import.meta.dirname, '../..')
  const system = ['/bin', '/lib', '/lib64', '/usr'].filter((path) => existsSync(path))
  const variables = Object.entries({ ...environment, TSBUILD_ROOT: '/store' }).map(
    ([name, value]) => `--env=${name}=${value}`,
  )
  return (args, directory) => {
    const mounts = [
      ...[...system, checkout].map((path) => `--volume=${path}:${path}:ro`),
      `--volume=${directory}:${directory}`,
    ]
    return daemon.docker(
      'run',
      '--rm',
      '--network=none',
      ...mounts,
      ...variables,
      ...flags,
      'empty',
      tsbuildPath,
      ...args,
    )
  }
}

interface Build {
  readonly image: string
  readonly directory: string
  readonly output?: string
}

/** Builds the context in a directory, which also holds a copy of the image for the container. */
async function build(start: Start, { image, directory, output = 'type=cacheonly' }: Build): Promise<ProgramResult> {
  await cp(image, join(directory, 'image'), { recursive: true, force: false })
  const base = `base=oci-layout://${directory}/image:latest`
  return start(
    ['build', '--progress=plain', '--build-context', base, '-o', output, join(directory, 'context')],
    directory,
  )
}

/**
 * The classical way out of a root directory, then attempts on a file of the builder. Standard error
 * has what succeeded.
 */
const program = `print "uid $>\\n";
  print "can signal\\n" if kill 0, $ARGV[1];
  mkdir '/tmp/x'; chroot '/tmp/x'; chdir '..' for 1 .. 20; chroot '.';
  print "left the root\\n" if -e $ARGV[0];
  print 'can read: ', <IN>, "\\n" if open(IN, '<', $ARGV[0]);
  print "can write\\n" if open(OUT, '>', $ARGV[0]);
`

async function attack(
  start: Start,
  { user, ...where }: Build & { readonly user: 'root' | 'nobody' },
): Promise<ProgramResult> {
  const { directory } = where
  const asRoot = user === 'root' ? '' : "/suid -p -c 'exec setpriv --reuid=0 --regid=0 --clear-groups "
  const step = `RUN ${asRoot}perl /attack ${directory}/canary "$PPID"${asRoot === '' ? '' : "'"}`
  const dockerfile = `FROM base\nCOPY attack /attack\nRUN cp /bin/sh /suid && chmod 4755 /suid\nUSER ${user}\n${step}\n`
  await writeTree(directory, { canary: 'secret', 'context/Dockerfile': dockerfile, 'context/attack': program })
  const result = await build((args, at) => start([...args, '--isolation', 'chroot'], at), where)
  expect(result.code, result.stderr).toBe(0)
  return result
}

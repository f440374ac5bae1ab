import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { runProgram } from '../support/run-program.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

interface Shell {
  /**
   * Runs a bash script in the test's directory, where `context` is an image of 3 MB. Returns what
   * it prints, standard error last.
   */
  readonly bash: (script: string) => Promise<string>
}

const test = buildTest.extend<Shell>({
  bash: async ({ store, directory }, use) => {
    await writeTree(directory, {
      'context/Dockerfile': 'FROM scratch\nCOPY f /\n',
      'context/f': Buffer.alloc(3_000_000, 'content '),
    })
    await use(async (script) => {
      const env = { TSBUILD_ROOT: store, NO_COLOR: '1' }
      const prelude = `set -o pipefail; tsbuild() { ${tsbuildPath} "$@"; }`
      const { stdout, stderr } = await runProgram('bash', ['-c', `${prelude}\n${script}`], { cwd: directory, env })
      return stdout + stderr
    })
  },
})

const withoutBash = withoutPrograms('bash')

/** Every way to name a file, as a call that writes to `$1`. */
const writers: readonly (readonly [string, string])[] = [
  ['type=oci', 'tsbuild build -q -o type=oci,dest=$1 context >/dev/null'],
  ['type=docker', 'tsbuild build -q -o type=docker,dest=$1 context >/dev/null'],
  ['type=tar', 'tsbuild build -q -o type=tar,dest=$1 context >/dev/null'],
  ['save', 'tsbuild build -q -t saved context >/dev/null && tsbuild save -o $1 saved'],
  ['--iidfile', 'tsbuild build -q --iidfile $1 context >/dev/null'],
  ['--metadata-file', 'tsbuild build -q --metadata-file $1 context >/dev/null'],
]

describe.skipIf(withoutBash !== undefined).each(writers)(titled('%s', withoutBash), (_, writer) => {
  const withoutNodes: Obstacle = withoutRoot() ?? withoutPrograms('mknod')

  test.skipIf(withoutNodes !== undefined)(
    titled('a device stays a device; a full one is an error', withoutNodes),
    async ({ bash }) => {
      const said = await bash(`write() { ${writer}; echo "status $?"; stat -c '%F %t %T' $1; }
      mknod null c 1 3; write null; mknod full c 1 7; write full`)
      expect(said).toMatch(/^status 0\ncharacter special file 1 3\nstatus 1\ncharacter special file 1 7\n/)
      expect(said).toMatch(/error: cannot write ".*\/full": no space left on the device\n/)
    },
  )

  test('a FIFO, a pipe and the target of a link get what a file gets', async ({ bash, directory }) => {
    const said = await bash(`write() { ${writer}; }; write file || exit 1
      mkfifo fifo; cat fifo >from-fifo & write fifo || exit 2; wait $!
      write >(cat >from-substitution) || exit 3; wait $!
      mkdir deep; ln -s deep/target link; write link || exit 4
      [ -p fifo ] && [ -L link ] && echo done`)
    expect(said).toBe('done\n')
    const expected = await readFile(join(directory, 'file'))
    expect(expected.length).toBeGreaterThan(50)
    for (const name of ['from-fifo', 'from-substitution', 'deep/target']) {
      expect(expected.equals(await readFile(join(directory, name))), name).toBe(true)
    }
    expect((await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe.skipIf(withoutBash !== undefined)(titled('destinations', withoutBash), () => {
  test('names of descriptors are descriptors, whether pipe, file or socket', async ({ bash, directory, store }) => {
    const build = 'tsbuild build -o type=oci,dest='
    const said = await bash(`${build}file context 2>/dev/null
      ${build}/dev/stdout context 2>/dev/null | cat >piped
      ${build}/proc/self/fd/1 context 2>/dev/null >redirected
      ${build}/dev/fd/3 context 2>/dev/null 3>descriptor
      ${build}/proc/self/fd/4 context 2>/dev/null 4> >(cat >descriptor-pipe); wait $!
      { printf before; ${build}/dev/stdout context 2>/dev/null; printf after; } >between
      tsbuild build --iidfile /dev/stdout context 2>/dev/null`)
    expect(said).toMatch(/^sha256:[0-9a-f]{64}$/)
    const expected = await readFile(join(directory, 'file'))
    for (const name of ['piped', 'redirected', 'descriptor', 'descriptor-pipe'])
      expect(expected.equals(await readFile(join(directory, name))), name).toBe(true)
    const between = Buffer.concat([Buffer.from('before'), expected, Buffer.from('after')])
    expect(between.equals(await readFile(join(directory, 'between')))).toBe(true)
    // Node gives its children sockets.
    const child = spawn(tsbuildPath, ['build', '-q', '-o', 'type=tar,dest=/dev/stdout', 'context'], {
      cwd: directory,
      env: { ...process.env, TSBUILD_ROOT: store },
    })
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => (size += chunk.length))
    await once(child, 'close')
    expect(size).toBeGreaterThan(3_000_000)
  })

  test('two archives do not share standard output', async ({ bash }) => {
    expect(await bash('tsbuild build -o - -o type=oci,dest=/dev/stdout context; echo "status $?"')).toMatch(
      /^status 2\nerror: .*not several/,
    )
  })

  test('a FIFO without a reader is waited for, until the build is interrupted', async ({ bash, directory, store }) => {
    await bash('mkfifo fifo')
    const build = startTsbuild(['-o', `type=oci,dest=${join(directory, 'fifo')}`, join(directory, 'context')], {
      root: store,
    })
    await build.says('exporting to oci archive')
    build.kill('SIGTERM')
    expect((await build.ended).code).toBe(130)
    expect((await lstat(join(directory, 'fifo'))).isFIFO()).toBe(true)
  })

  test('a reader that leaves is named in the error', async ({ bash }) => {
    // More than a pipe holds: a smaller archive is written before the reader leaves, or not.
    const output = 'type=oci,compression=uncompressed,dest=fifo'
    const said = await bash(
      `mkfifo fifo; head -c 9 fifo >/dev/null & tsbuild build -q -o ${output} context; echo "status $?"`,
    )
    expect(said).toMatch(/^status 1\n[\s\S]*error: cannot write ".*\/fifo": its reader has closed it\n/)
  })
})

const withoutUser = withoutBash ?? (await withoutOrdinaryUser()) ?? withoutPrograms('setpriv', 'mknod')
test.skipIf(withoutUser !== undefined)(
  titled('an ordinary user writes to devices, to pipes of root, and to a file in a directory of root', withoutUser),
  async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    await writeTree(directory, {
      'context/Dockerfile': 'FROM scratch\nCOPY f /\n',
      'context/f': Buffer.alloc(3_000_000, 'content '),
    })
    const script = `cd ${directory}; chmod -R go+rX .; mknod -m 666 null c 1 3; touch own; chown ${user.uid} own
      run() { setpriv --reuid=${user.uid} --regid=${user.gid} --clear-groups env HOME=${user.home} TSBUILD_ROOT=${user.home}/store "$@"; }
      build() { run ${tsbuildPath} build -q -o type=oci,dest=$1 context >/dev/null; echo "$1 $?"; }
      build null; build own; build /dev/fd/3 3> >(cat >piped); wait $!; build missing
      run ${tsbuildPath} build -q -o type=tar,dest=/dev/stdout context | wc -c | tail -c 8`
    const { stdout, stderr } = await runProgram('bash', ['-c', script], { env: user.env })
    expect(stdout, stderr).toMatch(/^null 0\nown 0\n\/dev\/fd\/3 0\nmissing 1\n30\d{5}\n$/)
    expect(stderr).toMatch(/cannot write ".*\/missing": permission denied/)
    expect((await lstat(join(directory, 'null'))).isCharacterDevice()).toBe(true)
    const [own, piped] = await Promise.all(['own', 'piped'].map((name) => readFile(join(directory, name))))
    expect(own?.length).toBeGreaterThan(1000)
    expect(own?.equals(piped ?? Buffer.alloc(0))).toBe(true)
  },
)

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/** A reader that takes at most 64 KiB every 30 ms, so the writer is done long before. */
const slowReader = `'${process.execPath}' --input-type=module -e '
  import { setTimeout } from "node:timers/promises"
  for await (const chunk of process.stdin) { await setTimeout(30); process.stdout.write(chunk) }'`

interface Shell {
  /**
   * Runs a script in the test's directory, with `tsbuild` on the store of the file. Returns what it
   * prints.
   */
  readonly sh: (script: string) => Promise<string>
}

const test = buildTest.extend<Shell>({
  sh: ({ store, directory }, use) =>
    use(async (script) => {
      const env = { TSBUILD_ROOT: store, NO_COLOR: '1' }
      const { stdout, stderr } = await runProgram('sh', ['-c', `tsbuild() { ${tsbuildPath} "$@"; }\n${script}`], {
        cwd: directory,
        env,
      })
      return stdout + stderr
    }),
})

/** A Dockerfile whose config takes several times the 64 KiB of a pipe. */
const bigDockerfile = `FROM scratch\n${Array.from({ length: 900 }, (_, index) => `ENV VARIABLE_${index}=${'v'.repeat(100)}\n`).join('')}`
/** One whose steps do. */
const longDockerfile = `FROM scratch\n${Array.from({ length: 300 }, (_, index) => `WORKDIR /${'d'.repeat(100)}${index}\n`).join('')}`

describe('results larger than a pipe', () => {
  test.for([
    ['inspect', 'tsbuild build -q -t big context >/dev/null', 'inspect big'],
    ['history', 'tsbuild build -q -t big context >/dev/null', 'history --json big'],
    ['graph', 'true', 'graph --format json -f context/long context'],
    ['plan', 'true', 'plan --format json -f context/long context'],
  ] as const)('%s reaches a slow reader whole', async ([, prepare, command], { sh, directory }) => {
    await writeTree(directory, { 'context/Dockerfile': bigDockerfile, 'context/long': longDockerfile })
    const status = await sh(
      `${prepare}; tsbuild ${command} >whole; { tsbuild ${command}; echo $? >status; } | ${slowReader} >piped; cat status`,
    )
    expect(status).toBe('0\n')
    const [whole = '', piped = ''] = await Promise.all(
      ['whole', 'piped'].map((name) => readFile(join(directory, name), 'utf8')),
    )
    expect(whole.length).toBeGreaterThan(70_000)
    expect(piped.length).toBe(whole.length)
    expect(piped === whole).toBe(true)
  })

  test('a full device is an error of the call', async ({ sh, directory }) => {
    await writeTree(directory, { 'context/Dockerfile': 'FROM scratch\nENV A=1\n' })
    const said = await sh(
      'tsbuild build -q -t small context >/dev/null && tsbuild inspect small >/dev/full; echo "status $?"',
    )
    expect(said).toContain('status 1\n')
    expect(said).toContain('error: cannot write to standard output: no space left on the device\n')
    expect(await sh('tsbuild build -q context >/dev/full; echo "status $?"')).toContain('status 1\n')
    expect(await sh('tsbuild --version >/dev/full; echo "status $?"')).toContain('status 1\n')
    // Progress is no result: a build goes on without it.
    expect(await sh('tsbuild build context 2>/dev/full; echo "status $?"')).toContain('status 0\n')
  })

  const withoutDisk = withoutRoot() ?? withoutPrograms('unshare', 'mount')
  test.skipIf(withoutDisk !== undefined)(
    titled('a disk that fills up within a write is an error too', withoutDisk),
    async ({ sh, directory }) => {
      await writeTree(directory, { 'context/Dockerfile': bigDockerfile, 'disk/.keep': '' })
      const said = await sh(`tsbuild build -q -t big context >/dev/null
      unshare --mount sh -c 'mount -t tmpfs -o size=64k none disk && ${tsbuildPath} inspect big >disk/file; echo "status $?"'`)
      expect(said).toContain('status 1\n')
      expect(said).toContain('error: cannot write to standard output: no space left on the device\n')
    },
  )

  test('a reader that stops early gets no message', async ({ sh, directory }) => {
    await writeTree(directory, { 'context/Dockerfile': bigDockerfile })
    const said = await sh(
      'tsbuild build -q -t big context >/dev/null; { tsbuild inspect big; echo "status $?" >&2; } | head -c 9',
    )
    expect(said).toBe('{\n  "namestatus 1\n')
  })

  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s ends a call whose reader does not read',
    async (signal, { sh, directory }) => {
      await writeTree(directory, { 'context/Dockerfile': bigDockerfile })
      // The reader takes one byte, which shows that the pipe is being filled, and holds the pipe
      // open.
      const said = await sh(`tsbuild build -q -t big context >/dev/null; mkfifo pipe
      ${tsbuildPath} inspect big >pipe & call=$!
      exec 3<pipe; head -c 1 <&3; kill -${signal.slice(3)} $call; wait $call; echo " status $?"`)
      expect(said).toBe('{ status 130\nerror: interrupted\n')
    },
  )
})

const withoutRunning = await withoutRun()
describe.skipIf(withoutRunning !== undefined)(titled('output of RUN', withoutRunning), () => {
  const line = 'x'.repeat(99)

  test.for([3, 20])('%d MB reach a slow reader whole', async (megabytes, { sh, base, directory }) => {
    const count = megabytes * 10_000
    await writeTree(directory, { 'context/Dockerfile': `FROM base\nRUN yes ${line} | head -n ${count}\n` })
    const flags = `--no-cache --progress=plain --build-context base=oci-layout://${base}:latest -o type=cacheonly`
    await sh(`{ tsbuild build ${flags} context; echo $? >status; } 2>&1 | ${slowReader} >log`)
    expect(await readFile(join(directory, 'status'), 'utf8')).toBe('0\n')
    const log = await readFile(join(directory, 'log'), 'utf8')
    expect(log.match(/^#\d+ [\d.]+ x{99}$/gm)?.length).toBe(count)
  })

  test('the error of a failed step comes last, with its log', async ({ sh, base, directory }) => {
    await writeTree(directory, {
      'context/Dockerfile': `FROM base\nRUN yes ${line} | head -n 30000; echo last words; exit 7\n`,
    })
    const flags = `--progress=plain --build-context base=oci-layout://${base}:latest -o type=cacheonly`
    await sh(`{ tsbuild build ${flags} context; echo $? >status; } 2>&1 | ${slowReader} >log`)
    expect(await readFile(join(directory, 'status'), 'utf8')).toBe('1\n')
    const log = await readFile(join(directory, 'log'), 'utf8')
    expect(log.match(/^#\d+ [\d.]+ x{99}$/gm)?.length).toBe(30_000)
    expect(log).toMatch(/last words\n[\s\S]*error: [\s\S]*exit code: 7[\s\S]*> 2 \| RUN/)
  })
})

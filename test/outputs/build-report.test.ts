import { lstat, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { build as buildImage, type BuildEvent } from '../../src/index.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const read = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8')

test('--report: steps with their reasons, the Dockerfile with its warnings, and the image', async ({
  base,
  directory,
  store,
}) => {
  const context = join(directory, 'context')
  const Dockerfile = 'FROM base AS one\nRUN echo 1 > /one\nFROM base\nCOPY --from=one /one /\nCOPY a b /\nCMD echo\n'
  await writeTree(context, { Dockerfile, a: '<b>a</b>', b: 'b' })
  const make = async (): Promise<string> => {
    const args = ['--build-context', `base=oci-layout://${base}:latest`, '-t', 'app', '--report', 'build.html']
    const { code, stderr } = await tsbuild(['build', ...args, 'context'], { root: store, cwd: directory })
    expect([code, stderr]).toEqual([0, expect.stringContaining('next: tsbuild push app')])
    return read(directory, 'build.html')
  }
  const first = await make()
  expect(first).toMatch(/<h1>app<\/h1>\n<p class="soft"><code>sha256:/)
  expect(first).toMatch(/id="step-\d+" class="done">.*RUN echo 1 &gt; \/one/)
  expect(first).toMatch(/ran, <strong class="mark">critical<\/strong>; it has not run here before; waited for/)
  expect(first).toMatch(/<td class="path">CMD echo<p class="warn">Warning in line 6: JSON arguments recommended/)
  expect(first).toMatch(/<h2 id="files">[\s\S]*<td class="path">\/one<\/td>/)
  expect(first).toContain('<dt>Steps from the cache</dt><dd>0 of 3</dd>')
  await writeTree(context, { a: 'other' })
  const second = await make()
  expect(second).toContain('<dt>Steps from the cache</dt><dd>2 of 3</dd>')
  expect(second).toMatch(/COPY a b \/[\s\S]*; (&quot;)?\/?a(&quot;)? .*changed.*; waited for/)
})

test('--report: several platforms, and files without an image', async ({ tryBuild, base, directory, store }) => {
  const page = join(directory, 'build.html')
  const args = ['--platform', 'linux/amd64,linux/arm64', '--report', page]
  expect((await tryBuild('FROM scratch\nCOPY a /a\n', { files: { a: 'a' }, args })).code).toBe(0)
  const both = await read(page)
  expect(both.match(/<h2 id="files-\d">Files of linux\/(amd|arm)64<\/h2>/g)).toHaveLength(2)
  const result = await buildImage({
    context: { Dockerfile: 'FROM base\nCOPY a /a\n', a: 'content' },
    contexts: { base: `oci-layout://${base}:latest` },
    cwd: directory,
    root: store,
    outputs: [{ kind: 'local', dest: 'out' }],
    reportFile: 'local.html',
  })
  expect(result.digest).toBeUndefined()
  expect(await read(directory, 'local.html')).toMatch(/<td class="n">7B<\/td>.*<td class="path">\/a<\/td>/)
})

test('--report: a step that fails, with the last lines of its output', async ({ failBuild, directory }) => {
  const page = join(directory, 'failed.html')
  const script = `for i in $(seq 300); do echo "<i>line $i"; done; printf '\\033[31mred\\033[0m\\033[2J\\n'; exit 3`
  const { stderr, code } = await failBuild(`FROM base\nRUN true\nRUN ${script}\nRUN never\n`, {
    args: ['--report', page],
  })
  expect([code, stderr]).toEqual([1, expect.stringContaining('exit code: 3')])
  const text = await read(page)
  expect(text).toContain('<code>RUN_FAILED</code>, <a href="#line-3">line 3</a>')
  expect(text).toMatch(/<pre [^>]*>&lt;i&gt;line 202\n[\s\S]*&lt;i&gt;line 300\nred\\x1b\[2J\n<\/pre>/)
  expect(text).toMatch(/id="line-3">3<\/td><td><a href="#step-\d+">failed<\/a>/)
  expect(text).not.toContain('\u001b')
})

test('--report: a Dockerfile that cannot be built, and an interrupted build', async ({ directory, store }) => {
  const reportFile = join(directory, 'failed.html')
  const options = { root: store, outputs: [{ kind: 'cacheonly' }], reportFile } as const
  await expect(buildImage({ ...options, context: { Dockerfile: 'FROM scratch\nCOPPY a b\n' } })).rejects.toThrow()
  expect(await read(reportFile)).toMatch(
    /<td class="path">COPPY a b<p class="error">Error: dockerfile parse error on line 2: unknown/,
  )
  await expect(buildImage({ ...options, context: join(directory, 'none') })).rejects.toThrow()
  expect(await read(reportFile)).toMatch(/<h2 id="failure">.*none/)
  const abort = new AbortController()
  const report = (event: BuildEvent): void => {
    if (event.type === 'build-started') abort.abort()
  }
  const context = { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }
  await expect(buildImage({ ...options, context, report, signal: abort.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  expect(await read(reportFile)).toContain('COPY Dockerfile /')
})

test('--report: files that cannot be the report, and calls without a build', async ({ directory, store }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' })
  await mkdir(join(directory, 'taken'))
  const run = (...args: string[]) => tsbuild(args, { root: store, cwd: directory })
  for (const [args, code, message] of [
    [['--report', 'taken'], 2, /error: destination file .*taken is a directory\nhint: name a file/],
    [['--report', 'x', '-o', 'type=oci,dest=x'], 2, /error: the report and an output have the same destination .*x\n/],
    [['--report', 'no/x'], 2, /error: cannot write "no\/x": its directory does not exist\n/],
    [['--report', '-'], 2, /error: --report - would mix the page with other output\n/],
    [['--report', 'x', '--check'], 2, /error: --report is about a build, and this call builds nothing\n/],
    [['--report', 'x', '--dry-run'], 2, /error: --report is about a build/],
  ] as const) {
    const result = await run('build', ...args, 'context')
    expect([args, result.code, result.stderr]).toEqual([args, code, expect.stringMatching(message)])
  }
  for (const command of ['plan', 'graph'])
    expect((await run(command, '--report', 'x', 'context')).stderr).toContain('this call builds nothing')
})

const withoutShells = withoutPrograms('bash')
test.skipIf(withoutShells !== undefined)(
  titled('--report: devices, FIFOs and links are written as other outputs are', withoutShells),
  async ({ directory, store }) => {
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' })
    const script = `report() { ${tsbuildPath} build -q --report "$1" context >/dev/null || exit 1; }
      report /dev/null; mkfifo fifo; cat fifo >from-fifo & report fifo; wait $!
      mkdir deep; ln -s deep/target link; report link`
    const env = { TSBUILD_ROOT: store, NO_COLOR: '1' }
    const { code, stderr } = await runProgram('bash', ['-c', script], { cwd: directory, env })
    expect([code, stderr]).toEqual([0, ''])
    for (const name of ['from-fifo', 'deep/target'])
      expect(await read(directory, name)).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
    expect((await lstat(join(directory, 'link'))).isSymbolicLink()).toBe(true)
  },
)

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const files = {
  Dockerfile: 'FROM scratch\nENV A=1 B=2\nLABEL a=1\nCOPY . /c\nCOPY f /d\n',
  'other.ignore': 'g\nother.ignore\n',
  f: 'f',
  g: 'g',
}

const obstacle = withoutRoot() ?? withoutPrograms('buildah')
describe.skipIf(obstacle !== undefined)(titled('buildah and tsbuild', obstacle), () => {
  test.for<[string[]]>([
    [['--env', 'Z=3', '--unsetenv', 'A']],
    [['--squash']],
    [['--squash', '--env', 'B=two', '--label', 'b=2']],
    [['--ignorefile', 'other.ignore', '--squash']],
  ])('make the same config and number of layers with %j', async ([flags]) => {
    await using directory = await temporaryDirectory()
    const cwd = join(directory.path, 'context')
    await writeTree(cwd, files)
    const buildah = (...args: readonly string[]): Promise<string> =>
      runOrThrow(
        'buildah',
        [
          '--storage-driver',
          'vfs',
          '--root',
          join(directory.path, 'root'),
          '--runroot',
          join(directory.path, 'run'),
          ...args,
        ],
        { cwd },
      )
    await buildah('bud', '--isolation', 'chroot', '--layers', '--identity-label=false', ...flags, '-t', 'image', '.')
    const template = (config: string, layers: string): string =>
      `{{range ${config}.Env}}{{println .}}{{end}}{{${config}.Labels}} {{len ${layers}}}`
    const format = template('.OCIv1.Config', '.OCIv1.RootFS.DiffIDs')
    const theirs = await buildah('inspect', '--type', 'image', '--format', format, 'image')
    const root = join(directory.path, 'store')
    const built = await tsbuild(['-q', ...flags, '-t', 'image', '.'], { root, cwd })
    expect([built.code, built.code === 0 ? '' : built.stderr]).toEqual([0, ''])
    const ours = await tsbuild(['inspect', '-f', template('.Config', '.RootFS.Layers'), 'image'], { root, cwd })
    const lines = (text: string): readonly string[] => text.trim().split('\n').toSorted()
    expect(lines(ours.stdout)).toEqual(lines(theirs))
  })
})

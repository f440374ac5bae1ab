import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import { expect } from 'vitest'
import { addLayers } from '../support/add-layers.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'

type Item = Pick<Header, 'name'> & Partial<Header>

/** A layer of entries in just this order; files contain their names. */
async function tarOf(items: readonly Item[]): Promise<Buffer> {
  const archive = pack()
  for (const item of items)
    archive.entry({ mtime: new Date(0), mode: 0o644, ...item }, item.type === undefined ? item.name : '')
  archive.finalize()
  return buffer(archive)
}

const dir = (name: string, mode = 0o755): Item => ({ name, type: 'directory', mode })
const link = (name: string, linkname: string): Item => ({ name, type: 'symlink', linkname })
const hardlink = (name: string, linkname: string): Item => ({ name, type: 'link', linkname })

/** Layers other builders have made, and what containerd and Docker make of them. */
const layers: readonly (readonly Item[])[] = [
  [dir('t'), dir('t/data', 0o750), { name: 't/data/old' }, dir('t/other'), link('t/kept', 'other')],
  [
    link('t/srv', 'data'),
    { name: 't/srv/x' },
    link('t/up', '../../../../t/made'),
    { name: 't/up/sub/y' },
    hardlink('t/hard', 't/srv/x'),
    { name: 't/srv/.wh.old' },
    { name: 't/kept/z' },
  ],
  [
    { name: '.wh..wh.aufs' },
    dir('.wh..wh.plnk'),
    { name: '.wh..wh.plnk/1.2', mode: 0o640 },
    { name: '.wh..wh.plnk/3.4' },
    hardlink('t/a', '.wh..wh.plnk/1.2'),
    hardlink('t/b', '.wh..wh.plnk/1.2'),
  ],
]

const listing = [
  'd 755 t',
  'd 750 t/data',
  'f 644 t/data/x t/srv/x',
  'd 755 t/kept',
  'f 644 t/kept/z t/kept/z',
  'd 755 t/made',
  'd 755 t/made/sub',
  'f 644 t/made/sub/y t/up/sub/y',
  'd 755 t/other',
  'l t/srv data',
  'l t/up ../../../../t/made',
]
const files = ['f 640 t/a .wh..wh.plnk/1.2', 'f 640 t/b .wh..wh.plnk/1.2', 'f 644 t/hard t/srv/x']

/** Lists what is in a directory, in the shell's words. */
const list = `cd "$1" && for f in $(find t .wh* 2>/dev/null | LC_ALL=C sort); do
  if [ -h "$f" ]; then echo "l $f $(readlink "$f")"
  elif [ -d "$f" ]; then echo "d $(stat -c %a "$f") $f"
  else echo "f $(stat -c %a "$f") $f $(cat "$f")"; fi; done
  [ t/a -ef t/b ] && [ t/hard -ef t/data/x ] && echo linked`

const expected = [...listing, ...files].sort((a, b) => (wordOf(a) < wordOf(b) ? -1 : 1))

function wordOf(line: string): string {
  const [kind, ...words] = line.split(' ')
  return (kind === 'l' ? words[0] : words[1]) ?? ''
}

const outputs: readonly (readonly [string, string])[] = [
  ['the output of the image', 'FROM base\n'],
  ['COPY --from', 'FROM scratch\nCOPY --from=base /t /t\n'],
  ['COPY --from of everything', 'FROM scratch\nCOPY --from=base / /\n'],
]

test.for(outputs)(
  'links and bookkeeping of foreign layers are as containerd and Docker unpack them: %s',
  async ([, dockerfile], { base, directory, tryBuild }) => {
    const image = join(directory, 'image')
    await addLayers(base, image, await Promise.all(layers.map(tarOf)))
    const out = join(directory, 'out')
    const args = ['--build-context', `base=oci-layout://${image}:latest`, '-o', `type=local,dest=${out}`]
    const { code, stderr } = await tryBuild(dockerfile, { args })
    expect(code, stderr).toBe(0)
    const lines = (await runOrThrow('sh', ['-c', list, 'sh', out])).trim().split('\n')
    expect(lines).toEqual([...expected, 'linked'])
  },
)

const runObstacle = withoutRoot() ?? (await withoutRun())

for (const [rung, obstacle] of [
  ['root', runObstacle],
  ['chroot', runObstacle ?? withoutPrograms('setpriv')],
] as const) {
  test.skipIf(obstacle !== undefined)(
    titled(`RUN sees the same on ${rung}`, obstacle),
    async ({ base, directory, build }) => {
      const image = join(directory, 'image')
      await addLayers(base, image, await Promise.all(layers.map(tarOf)))
      const built = await build('FROM base\nCOPY list /\nRUN sh list / > /listing\n', {
        files: { list },
        args: ['--build-context', `base=oci-layout://${image}:latest`, '--isolation', rung],
      })
      expect(built.text('/listing')?.trim().split('\n')).toEqual([...expected, 'linked'])
      // Only the listing has changed.
      expect(built.lines(-1).map((line) => line.split(' ').at(-1))).toEqual(['listing'])
    },
  )
}

test('a hard link into a lower layer is refused, as by containerd and Docker', async ({
  base,
  directory,
  failBuild,
}) => {
  const image = join(directory, 'image')
  await addLayers(base, image, await Promise.all([[{ name: 'a' }], [hardlink('b', 'a')]].map(tarOf)))
  const { stderr } = await failBuild('FROM base\nCOPY --from=base /b /c\n', {
    args: ['--build-context', `base=oci-layout://${image}:latest`],
  })
  expect(stderr).toContain('layer links "b" to "a", which it does not have')
  expect(stderr).toMatch(/^hint: .+/m)
})

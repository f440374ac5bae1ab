import { lutimes, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runOrThrow } from '../support/run-program.ts'
import { treeTime, writeTree } from '../support/write-tree.ts'
import { test } from '../support/edge.ts'

test('67: a directory is its content with any name', async ({ edge }) => {
  const files = { 'src/x': 'x', 'src/d/y': { text: 'y', mode: 0o755 } }
  for (const destination of ['/app', '/app/']) {
    expect((await edge(`FROM scratch\nCOPY src ${destination}\n`, { files })).lines(0)).toEqual([
      'd 755 0:0 app/',
      'd 755 0:0 app/d/',
      'f 755 0:0 app/d/y',
      'f 644 0:0 app/x',
    ])
  }
  expect((await edge('FROM scratch\nCOPY src /app/src\n', { files })).text('/app/src/x')).toBe('x')
})

test('68: a pattern flattens the directories it matches', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY * /o/\n', { files: { 'd1/x': '', 'd2/y': '', f: '' } })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/f', 'f 644 0:0 o/x', 'f 644 0:0 o/y'])
})

test('69: of several files for a file the last one stays', async ({ edge }) => {
  const files = { a: 'a', b: 'b' }
  const image = await edge('FROM scratch\nCOPY a b /o\n', { files })
  expect([image.text('/o'), image.warned]).toEqual(['b', ['SourcesOverwritten']])
  expect((await edge('FROM scratch\nWORKDIR /d\nCOPY a b /d\nCOPY a b /o/\n', { files })).warned).toEqual([])
})

test('70: a pattern may match nothing, a name must exist', async ({ edge }) => {
  expect((await edge('FROM scratch\nCOPY no*.txt /o/\n')).layers).toEqual([[]])
  await expect(edge('FROM scratch\nCOPY no.txt /o/\n')).rejects.toThrow('"/no.txt": not found')
})

test('71: a new destination directory is 0755 and root’s, with the time of its source', async ({ edge, directory }) => {
  const context = join(directory, 'dated')
  await writeTree(context, { src: { directory: 0o700 }, 'src/sub': { directory: 0o750 }, 'src/sub/f': '' })
  await utimes(join(context, 'src'), 1_500_000_000, 1_500_000_000)
  const image = await edge('FROM scratch\nCOPY src /app\n', { context })
  expect(image.lines(0)).toEqual(['d 755 0:0 app/', 'd 750 0:0 app/sub/', 'f 644 0:0 app/sub/f'])
  expect(image.time('/app')).toBe(1_500_000_000)
})

test('72: a directory in what is copied changes the one that exists; the destination itself stays', async ({
  edge,
}) => {
  const files = { 'root/tmp/f': 'f' }
  expect((await edge('COPY root /', { files })).line('/tmp')).toBe('d 755 0:0 tmp/')
  const kept = await edge('COPY root/tmp/f /tmp/', { files })
  expect([kept.line('/tmp'), kept.time('/tmp')]).toEqual(['d 1777 0:0 tmp/', Date.parse('2024-01-02T03:04:05Z') / 1000])
})

test('73: a link to a directory is followed, but not by --link', async ({ edge }) => {
  const before = 'FROM scratch\nCOPY tree /\n'
  const files = { 'tree/real': { directory: 0o755 }, 'tree/lnk': { link: '/real' }, f: 'f', g: 'g' }
  const followed = await edge(`${before}COPY f /lnk\nCOPY g /lnk/\n`, { files })
  expect(['/real/f', '/real/g'].map((path) => followed.text(path))).toEqual(['f', 'g'])
  expect(followed.line('/lnk')).toBe('l 777 0:0 lnk -> /real')
  const linked = await edge(`${before}COPY --link f /lnk/\n`, { files })
  expect([linked.text('/lnk/f'), linked.line('/lnk')]).toEqual(['f', 'd 755 0:0 lnk/'])
})

test('74: a directory replaces nothing else, and nothing else a directory', async ({ edge }) => {
  const base = { 'base/d/x': { link: 'y' }, 'base/d/y': { directory: 0o755 } }
  const before = 'FROM scratch\nCOPY base /\n'
  await expect(edge('COPY s /etc/passwd', { files: { 's/a': '' } })).rejects.toThrow('cannot copy to non-directory')
  await expect(edge(`${before}COPY s /d\n`, { files: { ...base, 's/x': { directory: 0o755 } } })).rejects.toThrow(
    'cannot copy to non-directory',
  )
  await expect(edge(`${before}COPY s /d\n`, { files: { ...base, 's/y': 'file' } })).rejects.toThrow(
    'cannot replace to directory',
  )
})

test('75: a link that is named is followed, one in a directory is copied', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY l /o/\nCOPY d /d\n', {
    files: { 'real.txt': 'real', l: { link: 'real.txt' }, 'd/dangling': { link: 'nowhere' } },
  })
  expect([image.line('/o/l'), image.text('/o/l')]).toEqual(['f 644 0:0 o/l', 'real'])
  expect(image.line('/d/dangling')).toBe('l 777 0:0 d/dangling -> nowhere')
})

test('76: nothing leads out of the context', async ({ edge }) => {
  const files = { 'etc/passwd': 'mine', l: { link: '/etc/passwd' }, up: { link: '../../../etc/passwd' } }
  const image = await edge('FROM scratch\nCOPY ../../etc/passwd /p\nCOPY l /q\nCOPY up /r\n', { files })
  expect(['/p', '/q', '/r'].map((path) => image.text(path))).toEqual(['mine', 'mine', 'mine'])
  await expect(edge('FROM scratch\nCOPY l /p\n', { files: { l: { link: '/etc/passwd' } } })).rejects.toThrow(
    'not found',
  )
})

test('77: --from keeps owners, the context has none', async ({ edge, directory }) => {
  const context = join(directory, 'owned')
  await writeTree(context, { f: 'f' })
  if (process.getuid?.() === 0) await runOrThrow('chown', ['1000:1000', join(context, 'f')])
  const image = await edge(
    'FROM scratch AS s\nCOPY --chown=1000:1000 f /f\nFROM scratch\nCOPY --from=s /f /from-stage\nCOPY f /from-context\n',
    { context },
  )
  expect([image.line('/from-stage'), image.line('/from-context')]).toEqual([
    'f 644 1000:1000 from-stage',
    'f 644 0:0 from-context',
  ])
})

test('92: files keep their time to the second; what must be made is dated like the newest source', async ({
  edge,
  directory,
}) => {
  const context = join(directory, 'dated')
  await writeTree(context, { f: 'f', l: { link: 'f' } })
  await utimes(join(context, 'f'), 1_500_000_000.75, 1_500_000_000.75)
  await lutimes(join(context, 'l'), 1_400_000_000, 1_400_000_000)
  const image = await edge('FROM scratch\nCOPY f /o/f\nCOPY . /all\n', { context })
  expect([image.time('/o/f'), image.time('/o'), image.time('/all/l')]).toEqual([
    1_500_000_000, 1_500_000_000, 1_400_000_000,
  ])
})

test('126: a backslash is gone before a pattern is read', async ({ edge }) => {
  const files = { 'a*b': 'star', axb: 'x' }
  expect((await edge('FROM scratch\nCOPY a\\*b /o/\n', { files })).lines(0)).toEqual([
    'd 755 0:0 o/',
    'f 644 0:0 o/a*b',
    'f 644 0:0 o/axb',
  ])
  await expect(edge('FROM scratch\nCOPY a\\\\*b /o/\n', { files })).rejects.toThrow('"/a\\*b": not found')
  expect((await edge('FROM scratch\nCOPY a[*]b /o/\n', { files })).lines(0)).toEqual([
    'd 755 0:0 o/',
    'f 644 0:0 o/a*b',
  ])
})

test('127: a variable is one source, blanks and all', async ({ edge }) => {
  const dockerfile = 'FROM scratch\nENV S="a b"\nCOPY $S /o/\n'
  expect((await edge(dockerfile, { files: { 'a b': 'both' } })).text('/o/a b')).toBe('both')
  await expect(edge(dockerfile, { files: { a: '', b: '' } })).rejects.toThrow('"/a b": not found')
})

test('140: a trailing /. means the directory, . the context, and destinations start at WORKDIR', async ({ edge }) => {
  const files = { 'dir/f': 'f', g: 'g', skipped: '', '.dockerignore': 'skipped\n' }
  const dotted = await edge('FROM scratch\nCOPY dir/. /o/\n', { files })
  expect(dotted.lines(0)).toEqual((await edge('FROM scratch\nCOPY dir /o/\n', { files })).lines(0))
  const all = ['.dockerignore', 'dir/', 'dir/f', 'g']
  const whole = await edge('FROM scratch\nCOPY . /o/\n', { files })
  expect(whole.layers[0]?.map(({ path }) => path)).toEqual(['o/', ...all.map((path) => `o/${path}`)])
  const inWorkdir = await edge('FROM scratch\nWORKDIR /w\nCOPY ./ ./\nCOPY g sub/h\n', { files })
  expect(inWorkdir.layers[1]?.map(({ path }) => path)).toEqual(['w/', ...all.map((path) => `w/${path}`)])
  expect(inWorkdir.text('/w/sub/h')).toBe('g')
  expect(whole.time('/o/g')).toBe(treeTime)
})

test('84: brackets are a pattern', async ({ edge }) => {
  const files = { 'arr[0].txt': 'brackets' }
  expect((await edge('FROM scratch\nCOPY arr[0].txt /\n', { files })).lines(0)).toEqual([])
  expect((await edge('FROM scratch\nCOPY arr[0].txt /\n', { files: { ...files, 'arr0.txt': '' } })).lines(0)).toEqual([
    'f 644 0:0 arr0.txt',
  ])
  expect((await edge('FROM scratch\nCOPY arr[[]0].txt /\n', { files })).text('/arr[0].txt')).toBe('brackets')
})

test('85: names with blanks are written as JSON', async ({ edge }) => {
  const files = { 'a b.txt': 'blank' }
  expect((await edge('FROM scratch\nCOPY ["a b.txt", "/o/"]\n', { files })).text('/o/a b.txt')).toBe('blank')
  await expect(edge('FROM scratch\nCOPY "a b.txt" /o/\n', { files })).rejects.toThrow(
    'unexpected end of statement while looking for matching double-quote',
  )
})

test('90: COPY takes no URLs', async ({ edge }) => {
  await expect(edge('COPY https://h.invalid/x /')).rejects.toThrow("source can't be a URL for COPY")
  await expect(edge('COPY https://h.invalid/r.git /')).rejects.toThrow("source can't be a git ref for COPY")
})

test('a file goes to the name of the destination', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY a.txt /b.txt\n', { files: { 'a.txt': 'hello' } })
  expect(image.lines(0)).toEqual(['f 644 0:0 b.txt'])
  expect(image.text('/b.txt')).toBe('hello')
  expect(image.layers[0]?.[0]?.mtime).toBe(treeTime)
})

test('a destination with a trailing slash is a directory, made with its parents', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY a.txt /x/y/\n', { files: { 'a.txt': 'hello' } })
  expect(image.lines(0)).toEqual(['d 755 0:0 x/', 'd 755 0:0 x/y/', 'f 644 0:0 x/y/a.txt'])
})

import { describe, expect } from 'vitest'
import { treeTime } from '../support/write-tree.ts'
import { test } from '../support/test.ts'

describe('what lands where', () => {
  test('a file goes to the name of the destination', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY a.txt /b.txt\n', { files: { 'a.txt': 'hello' } })
    expect(image.lines(0)).toEqual(['f 644 0:0 b.txt'])
    expect(image.text('/b.txt')).toBe('hello')
    expect(image.layers[0]?.[0]?.mtime).toBe(treeTime)
  })

  test('a destination with a trailing slash is a directory, made with its parents', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY a.txt /x/y/\n', { files: { 'a.txt': 'hello' } })
    expect(image.lines(0)).toEqual(['d 755 0:0 x/', 'd 755 0:0 x/y/', 'f 644 0:0 x/y/a.txt'])
  })

  test('of a directory its content is copied, not its name', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY src /app\n', {
      files: { src: { directory: 0o700 }, 'src/x': 'x', 'src/d/y': { text: 'y', mode: 0o755 } },
    })
    expect(image.lines(0)).toEqual(['d 755 0:0 app/', 'd 755 0:0 app/d/', 'f 755 0:0 app/d/y', 'f 644 0:0 app/x'])
  })

  test('a wildcard flattens the directories it matches', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY * /o/\n', {
      files: { 'd1/x': '1', 'd2/y': '2', f: '3', '.dockerignore': 'Dockerfile\n.dockerignore\n' },
    })
    expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/f', 'f 644 0:0 o/x', 'f 644 0:0 o/y'])
  })

  test('a wildcard may match nothing, a name may not', async ({ build, failBuild }) => {
    expect((await build('FROM scratch\nCOPY no*.txt /o/\n')).config.rootfs.diff_ids).toHaveLength(1)
    const { code, stderr } = await failBuild('FROM scratch\nCOPY no.txt /o/\n')
    expect(code).toBe(1)
    expect(stderr).toContain('"/no.txt": not found')
  })

  test('WORKDIR is where a relative destination starts', async ({ build }) => {
    const image = await build('FROM scratch\nWORKDIR /w\nCOPY a.txt ./\nCOPY a.txt sub/b\n', {
      files: { 'a.txt': 'hello' },
    })
    expect(image.text('/w/a.txt')).toBe('hello')
    expect(image.text('/w/sub/b')).toBe('hello')
  })

  test('a link at the destination is followed within the image', async ({ build }) => {
    const image = await build('FROM base\nCOPY links /\nCOPY a.txt /lnk/\n', {
      files: { 'a.txt': 'hello', 'links/lnk': { link: '/real' }, 'links/real': { directory: 0o755 } },
    })
    expect(image.text('/real/a.txt')).toBe('hello')
    expect(image.line('/lnk')).toBe('l 777 0:0 lnk -> /real')
  })

  test('a directory does not replace a file, nor a file a directory', async ({ failBuild }) => {
    expect((await failBuild('FROM base\nCOPY src /etc/passwd\n', { files: { 'src/a': '' } })).stderr).toContain(
      'cannot copy to non-directory',
    )
    expect((await failBuild('FROM base\nCOPY src /home\n', { files: { 'src/app': '' } })).stderr).toContain(
      'cannot replace to directory',
    )
  })

  test('an existing destination keeps its mode', async ({ build }) => {
    const image = await build('FROM base\nCOPY root/tmp/f /tmp/\n', { files: { 'root/tmp/f': 'f' } })
    expect(image.line('/tmp')).toBe('d 1777 0:0 tmp/')
    const overwritten = await build('FROM base\nCOPY root /\n', { files: { 'root/tmp/f': 'f' } })
    expect(overwritten.line('/tmp')).toBe('d 755 0:0 tmp/')
  })
})

describe('sources', () => {
  test('a link that is named is followed, a link inside a directory is copied', async ({ build }) => {
    const files = { 'real.txt': 'real', l: { link: 'real.txt' }, 'd/dangling': { link: '../nowhere' } }
    const image = await build('FROM scratch\nCOPY l /o/\nCOPY d /o/d\n', { files })
    expect(image.line('/o/l')).toBe('f 644 0:0 o/l')
    expect(image.text('/o/l')).toBe('real')
    expect(image.line('/o/d/dangling')).toBe('l 777 0:0 o/d/dangling -> ../nowhere')
  })

  test('nothing leads out of the context', async ({ build, failBuild }) => {
    const image = await build('FROM scratch\nCOPY ../../etc/passwd /p\n', { files: { 'etc/passwd': 'mine' } })
    expect(image.text('/p')).toBe('mine')
    expect((await failBuild('FROM scratch\nCOPY l /p\n', { files: { l: { link: '/etc/passwd' } } })).stderr).toContain(
      'not found',
    )
  })

  test('names with blanks are written as JSON', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY ["a b.txt", "/o/"]\n', { files: { 'a b.txt': 'hello' } })
    expect(image.text('/o/a b.txt')).toBe('hello')
  })

  test('a URL is not a source', async ({ failBuild }) => {
    expect((await failBuild('FROM scratch\nCOPY https://registry.invalid/x /\n')).stderr).toContain(
      "source can't be a URL for COPY",
    )
  })
})

describe('flags', () => {
  test('--chown takes numbers and names of the image', async ({ build }) => {
    const image = await build(
      'FROM base\nCOPY --chown=1234 a /1\nCOPY --chown=1234: a /2\nCOPY --chown=app a /3\nCOPY --chown=:5 a /4\nCOPY --chown=app:extra a /5\n',
      {
        files: { a: '' },
      },
    )
    expect(['/1', '/2', '/3', '/4', '/5'].map((path) => image.line(path))).toEqual([
      'f 644 1234:1234 1',
      'f 644 1234:0 2',
      'f 644 1000:1001 3',
      'f 644 0:5 4',
      'f 644 1000:2000 5',
    ])
  })

  test('--chmod takes octal and symbolic modes', async ({ build, failBuild }) => {
    const files = { 't/f': 'f', 't/x': { text: 'x', mode: 0o755 }, 't/d/g': 'g' }
    const image = await build(
      'FROM scratch\nCOPY --chmod=640 t/f /1\nCOPY --chmod=u=rw,go=r t/x /2\nCOPY --chmod=a-x,a+X t /t\n',
      {
        files,
      },
    )
    expect(image.line('/1')).toBe('f 640 0:0 1')
    expect(image.line('/2')).toBe('f 644 0:0 2')
    expect(image.line('/t/d')).toBe('d 755 0:0 t/d/')
    expect((await failBuild('FROM scratch\nCOPY --chmod=888 a /\n', { files: { a: '' } })).stderr).toContain(
      'invalid chmod parameter',
    )
  })

  test('--exclude is about the content of the directories copied', async ({ build }) => {
    const files = { 's/a.md': '', 's/b.ts': '', 's/d/b.md': '' }
    const shallow = await build('FROM scratch\nCOPY --exclude=*.md s /o\n', { files })
    expect(shallow.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/b.ts', 'd 755 0:0 o/d/', 'f 644 0:0 o/d/b.md'])
    const deep = await build('FROM scratch\nCOPY --exclude=**/*.md s /o\n', { files })
    expect(deep.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/b.ts', 'd 755 0:0 o/d/'])
  })

  test('--parents keeps the way to a source, from the pivot on', async ({ build }) => {
    const files = { 'x/y/a.txt': 'a', 'x/y/b.md': 'b' }
    const image = await build('FROM scratch\nCOPY --parents x/y/a.txt /o/\nCOPY --parents x/./y/*.txt /p\n', { files })
    expect(image.text('/o/x/y/a.txt')).toBe('a')
    expect(image.lines(1)).toEqual(['d 755 0:0 p/', 'd 755 0:0 p/y/', 'f 644 0:0 p/y/a.txt'])
  })

  test('--link makes a layer that knows nothing of those below', async ({ build }) => {
    const image = await build('FROM base\nCOPY --link a.txt /tmp/\n', { files: { 'a.txt': 'hello' } })
    expect(image.lines(-1)).toEqual(['d 755 0:0 tmp/', 'f 644 0:0 tmp/a.txt'])
  })

  test('history shows the instruction as expanded', async ({ build }) => {
    const image = await build('FROM scratch\nARG D=/o/\nCOPY --chown=1:2 --chmod=600 a b $D\n', {
      files: { a: '', b: '' },
    })
    expect(image.history.at(-1)).toBe('COPY --chown=1:2 --chmod=600 a b /o/ # buildkit')
  })

  test('an unknown flag is an error that names the line', async ({ failBuild }) => {
    const { stderr } = await failBuild('FROM scratch\n\nCOPY --chwon=1 a /b\n')
    expect(stderr).toContain('unknown flag: --chwon')
    expect(stderr).toMatch(/\b3\b.*COPY --chwon=1 a \/b/)
  })
})

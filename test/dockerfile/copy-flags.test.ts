import { describe, expect } from 'vitest'
import { runOrThrow } from '../support/run-program.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { join } from 'node:path'
import { chmod, readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { writeTree } from '../support/write-tree.ts'
import type { Reporter } from '../../src/index.ts'
import { test } from '../support/edge.ts'

test('78: --chown takes numbers and names of the image', async ({ edge }) => {
  const owners = async (...flags: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const image = await edge(flags.map((flag, index) => `COPY --chown=${flag} a /${index}`).join('\n'), {
      files: { a: '' },
    })
    return flags.map((_, index) => image.line(`/${index}`)?.split(' ')[2])
  }
  expect(
    await owners('1000', '1234', '1000:', 'nobody', ':5', 'app', 'app:extra', 'ghost', 'ghost:7', '7:ghosts'),
  ).toEqual(['1000:1000', '1234:1234', '1000:0', '65534:65534', '0:5', '1000:1001', '1000:2000', '0:0', '0:7', '7:7'])
  expect((await edge('COPY --chown=nobody:nobodies a /', { files: { a: 'unknown' } })).warned).toEqual(['UnknownOwner'])
  await expect(edge('FROM scratch\nCOPY --chown=nobody a /\n', { files: { a: '' } })).rejects.toThrow(
    'invalid user index: -1',
  )
})

test('79: an octal --chmod is for what must be made as well', async ({ edge }) => {
  const files = { f: { text: 'f', mode: 0o755 } }
  const octal = await edge('FROM scratch\nCOPY --chmod=644 f /a/b/f\n', { files })
  expect(octal.lines(0)).toEqual(['d 644 0:0 a/', 'd 644 0:0 a/b/', 'f 644 0:0 a/b/f'])
  expect(octal.warned).toEqual(['DirectoryNotEnterable'])
  const symbolic = await edge('FROM scratch\nCOPY --chmod=u=rw,go=r f /a/b/f\n', { files })
  expect(symbolic.lines(0)).toEqual(['d 755 0:0 a/', 'd 755 0:0 a/b/', 'f 644 0:0 a/b/f'])
  expect(symbolic.warned).toEqual([])
  await expect(edge('COPY --chmod=888 f /f', { files })).rejects.toThrow('invalid chmod parameter')
})

test('a warning with its line says that --chmod makes directories which only root can enter', async ({ edge }) => {
  const warnings: unknown[] = []
  const report: Reporter = (event) => void (event.type === 'warning' && warnings.push(event))
  const files = { f: 'f', 'd/e/g': 'g', bare: { directory: 0o644 } }
  const steps = [
    'COPY --chmod=755 f /open/',
    'COPY --chmod=644 f /open/',
    'COPY --chmod=640 d /new',
    'COPY --chmod=a-x d /n2',
    'COPY bare /kept',
  ]
  await edge(`FROM scratch\n${steps.join('\n')}\n`, { files, report })
  const rest = 'applies to directories too; "u=rwX,go=rX" lets all users in'
  expect(warnings).toEqual([
    {
      type: 'warning',
      code: 'DirectoryNotEnterable',
      line: 4,
      message: `only root can enter the directory "/new" and 1 more: --chmod=640 ${rest}`,
    },
    {
      type: 'warning',
      code: 'DirectoryNotEnterable',
      line: 5,
      message: `only root can enter the directory "/n2/e": --chmod=a-x ${rest}`,
    },
  ])
})

test('80: X is execution where somebody can execute, and for directories', async ({ edge }) => {
  const files = {
    'tree/plain': { text: '', mode: 0o600 },
    'tree/program': { text: '', mode: 0o700 },
    'tree/d': { directory: 0o700 },
  }
  const image = await edge('FROM scratch\nCOPY --chmod=a+X tree /t\nCOPY --chmod=a-x,a+X tree /u\n', { files })
  expect(image.lines(0).slice(1)).toEqual(['d 711 0:0 t/d/', 'f 600 0:0 t/plain', 'f 711 0:0 t/program'])
  expect(image.lines(1)[1]).toBe('d 711 0:0 u/d/')
})

test('81: a linked copy knows nothing of the layers below', async ({ edge }) => {
  const files = { f: 'f' }
  const replaced = await edge('COPY --link f /etc', { files })
  expect([replaced.lines(-1), replaced.line('/etc/passwd')]).toEqual([['f 644 0:0 etc'], undefined])
  const linked = await edge('COPY --link f /tmp/', { files })
  expect([linked.line('/tmp'), linked.lines(-1)]).toEqual(['d 755 0:0 tmp/', ['d 755 0:0 tmp/', 'f 644 0:0 tmp/f']])
  await expect(edge('COPY --link --chown=app f /x/', { files })).rejects.toThrow('invalid user index: -1')
  const unlinked = await edge('COPY --link --chmod=755 f /tmp/', { files })
  expect([unlinked.line('/tmp'), unlinked.line('/tmp/f')]).toEqual(['d 1777 0:0 tmp/', 'f 755 0:0 tmp/f'])
})

test('82: --exclude is about what is in a directory that is copied', async ({ edge }) => {
  const files = { 's/a.md': 'a', 's/d/b.md': 'b' }
  const paths = async (flag: string, source: string): Promise<readonly string[]> => {
    const image = await edge(`FROM scratch\nCOPY --exclude=${flag} ${source} /o/\n`, { files })
    return (image.layers[0] ?? []).map(({ path }) => path)
  }
  expect(await paths('*.md', 's')).toEqual(['o/', 'o/d/', 'o/d/b.md'])
  expect(await paths('**/*.md', 's')).toEqual(['o/', 'o/d/'])
  expect(await paths('a.md', 's/a.md')).toEqual(['o/', 'o/a.md'])
})

test('83: --parents keeps the way to a source, from the pivot on', async ({ edge }) => {
  const files = { 'x/y/a.txt': 'a', 'b.txt': 'b', 'x/c.md': 'c' }
  const paths = async (flags: string, source: string, destination: string): Promise<readonly string[]> => {
    const image = await edge(`FROM scratch\nCOPY ${flags} ${source} ${destination}\n`, { files })
    return (image.layers[0] ?? []).map(({ path }) => path)
  }
  expect(await paths('--parents', 'x/y/a.txt', '/o/')).toEqual(['o/', 'o/x/', 'o/x/y/', 'o/x/y/a.txt'])
  expect(await paths('--parents', 'x/./y/*.txt', '/o')).toEqual(['o/', 'o/y/', 'o/y/a.txt'])
  expect(await paths('--parents', '**/*.txt', '/o')).toEqual(['o/', 'o/b.txt', 'o/x/', 'o/x/y/', 'o/x/y/a.txt'])
  expect(await paths('', '**/*.md', '/o/')).toEqual(['o/', 'o/c.md'])
})

test('history shows the instruction as expanded', async ({ edge }) => {
  const image = await edge('FROM scratch\nARG D=/o/\nCOPY --chown=1:2 --chmod=600 a b $D\n', {
    files: { a: '', b: '' },
  })
  expect(image.history.at(-1)).toBe('COPY --chown=1:2 --chmod=600 a b /o/ # buildkit')
})

const obstacle = withoutRoot() ?? withoutPrograms('setfattr', 'setcap')
describe.skipIf(obstacle !== undefined)(titled('extended attributes', obstacle), () => {
  test('93: only capabilities get into the layer', async ({ edge, directory }) => {
    const context = join(directory, 'attributes')
    await writeTree(context, { f: 'f' })
    await chmod(join(context, 'f'), 0o755)
    await runOrThrow('setfattr', ['-n', 'user.foo', '-v', 'bar', join(context, 'f')])
    await runOrThrow('setcap', ['cap_net_raw+ep', join(context, 'f')])
    const { layout, manifest } = await edge('FROM scratch\nCOPY f /f\n', { context })
    const [, hex = ''] = manifest.layers[0]?.digest.split(':') ?? []
    const tar = gunzipSync(await readFile(join(layout, 'blobs/sha256', hex))).toString('latin1')
    expect(tar).toContain('SCHILY.xattr.security.capability=')
    expect(tar).not.toContain('user.foo')
  })
})

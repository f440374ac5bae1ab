import { expect, test } from 'vitest'
import { lastOf, lowerLines, lowerText, opsOf, ownHistory } from '../testing/lower-text.ts'

test('26: heredocs are files; an unquoted name expands', async () => {
  const { rootfs } = await lowerLines('ENV X=1\nCOPY <<A <<"B" /d/\n$X \\$X \\\\ "q" \\n\nA\n$X \\$X\nB')
  expect(lastOf(rootfs, 'inline').files).toEqual([
    { path: 'A', mode: 0o644, text: '1 $X \\ "q" n\n' },
    { path: 'B', mode: 0o644, text: '$X \\$X\n' },
  ])
  expect(lastOf(rootfs, 'copy')).toMatchObject({
    sources: [
      { input: 1, path: 'A', literal: true },
      { input: 1, path: 'B', literal: true },
    ],
    destination: '/d/',
  })
})

test('27: heredocs mix with paths', async () => {
  const target = await lowerLines('COPY a.txt <<EOF /x\nt\nEOF')
  expect(lastOf(target.rootfs, 'copy').sources).toEqual([
    { input: 1, path: 'a.txt' },
    { input: 2, path: 'EOF', literal: true },
  ])
  expect(ownHistory(target)).toEqual(['COPY a.txt <<EOF /x # buildkit'])
})

test('of two heredocs with one name the last is the file', async () => {
  const { rootfs } = await lowerLines('COPY <<A <<A /d/\none\nA\ntwo\nA')
  expect(lastOf(rootfs, 'inline').files).toEqual([{ path: 'A', mode: 0o644, text: 'two\n' }])
})

test('a heredoc whose name is a path is refused', async () => {
  await expect(lowerLines('COPY <<../../etc/x /d/\nt\n../../etc/x')).rejects.toMatchObject({
    code: 'HEREDOC_NAME_INVALID',
  })
})

test('77: --from takes the files of the other stage as they are', async () => {
  const { rootfs } = await lowerText('FROM busybox AS s\nRUN x\nFROM busybox\nCOPY --from=s /f /f')
  expect(rootfs.inputs.map(({ op }) => op.kind)).toEqual(['image', 'run'])
  expect(lastOf(rootfs, 'copy')).toEqual({
    kind: 'copy',
    sources: [{ input: 1, path: '/f' }],
    destination: '/f',
    exclude: [],
    parents: false,
    extract: 'never',
  })
})

test('78: --chown is expanded and handed on', async () => {
  const target = await lowerLines('ARG U=1000\nCOPY --chown=$U:g a /')
  expect(lastOf(target.rootfs, 'copy').owner).toBe('1000:g')
  expect(ownHistory(target).at(-1)).toBe('COPY --chown=1000:g a / # buildkit')
})

test('flags that turn out empty say nothing', async () => {
  const target = await lowerLines('COPY --chown=$U --chmod=$M a /\nADD --checksum=$C --chown= b /')
  expect(lastOf(target.rootfs, 'copy')).not.toHaveProperty('owner')
  expect(opsOf(target.rootfs, 'copy')[0]).not.toHaveProperty('mode')
  expect(ownHistory(target)).toEqual(['COPY a / # buildkit', 'ADD b / # buildkit'])
  const linked = await lowerLines('COPY --link --chmod=$M a /')
  expect(linked.rootfs.op.kind).toBe('merge')
})

test('modes are judged with a place to point at', async () => {
  await expect(lowerLines('COPY --chmod=888 a /')).rejects.toMatchObject({
    message: "invalid chmod parameter: '888'. it should be octal string and between 0 and 07777",
    range: { start: { line: 2 } },
  })
  for (const mode of ['0', '7777', '0000000755', 'u=rwX,go=rX', '+x', 'g=u', 'a-w', '=']) {
    expect(ownHistory(await lowerLines(`COPY --chmod=${mode} a /`))).toEqual([`COPY --chmod=${mode} a / # buildkit`])
  }
})

test('patterns of --exclude are judged with a place to point at', async () => {
  for (const pattern of ['[', '!', '!/'])
    await expect(lowerLines(`COPY --exclude=${pattern} a /`)).rejects.toMatchObject({
      code: 'PATTERN_INVALID',
      range: { start: { line: 2 } },
    })
})

test('78: names cannot be looked up in scratch', async () => {
  await expect(lowerText('FROM scratch\nCOPY --chown=nobody a /')).rejects.toMatchObject({
    message: 'invalid user index: -1',
  })
  for (const owner of ['0', '1:2', ':5', '1000:', 'root']) {
    await expect(lowerText(`FROM scratch\nCOPY --chown=${owner} a /`)).resolves.toBeDefined()
  }
})

test('79, 80: --chmod is octal or symbolic', async () => {
  for (const mode of ['644', '0755', '7777', 'u=rw,go=r', 'a+X', '+x', 'g=u', 'u=rwX,go=rX']) {
    const target = await lowerLines(`COPY --chmod=${mode} f /a/b/f`)
    expect(lastOf(target.rootfs, 'copy').mode).toBe(mode)
    expect(ownHistory(target)).toEqual([`COPY --chmod=${mode} f /a/b/f # buildkit`])
  }
  for (const mode of ['888', '10000', 'rwx', 'u']) {
    await expect(lowerLines(`COPY --chmod=${mode} f /f`)).rejects.toThrow(
      `invalid chmod parameter: '${mode}'. it should be octal string and between 0 and 07777`,
    )
  }
})

test('81: a linked copy stands on nothing', async () => {
  const { rootfs, history } = await lowerLines('WORKDIR /w\nCOPY --link f sub/')
  const [stage, copied] = rootfs.inputs
  expect(rootfs.op).toEqual({ kind: 'merge' })
  expect(stage?.op.kind).toBe('mkdir')
  expect(copied?.op).toMatchObject({ kind: 'copy', destination: '/w/sub/' })
  expect(copied?.inputs.map(({ op }) => op)).toEqual([
    { kind: 'inline', files: [] },
    { kind: 'local', context: 'context', include: ['f'] },
  ])
  expect(history.at(-1)).toEqual({ created_by: 'COPY f sub/ # buildkit', comment: 'buildkit.dockerfile.v0' })
})

test('81: linked copies take numbers or root as owner, and --chmod unlinks them', async () => {
  await expect(lowerLines('COPY --link --chown=app f /x/')).rejects.toThrow('invalid user index: -1')
  await expect(lowerLines('COPY --link --chown=root:5 f /x/')).resolves.toBeDefined()
  const { rootfs } = await lowerLines('COPY --link --chmod=755 f /x/')
  expect(rootfs.op).toMatchObject({ kind: 'copy', mode: '755' })
})

test('89: ADD of a URL is a download named after its path, not unpacked', async () => {
  const target = await lowerLines('ADD https://h.example/p/f.tar.gz?v=1 /o/')
  expect(lastOf(target.rootfs, 'http')).toEqual({
    kind: 'http',
    url: 'https://h.example/p/f.tar.gz?v=1',
    filename: 'f.tar.gz',
  })
  expect(lastOf(target.rootfs, 'copy')).toMatchObject({
    sources: [{ input: 1, path: 'f.tar.gz', literal: true }],
    extract: 'never',
  })
  expect(ownHistory(target)).toEqual(['ADD https://h.example/p/f.tar.gz?v=1 /o/ # buildkit'])
  expect(lastOf((await lowerLines('ADD https://h.example/ /o/')).rootfs, 'http').filename).toBe('__unnamed__')
  expect(lastOf((await lowerLines('ADD --unpack=true https://h.example/f /o/')).rootfs, 'copy').extract).toBe(
    'archives',
  )
})

test('90: COPY takes no URLs', async () => {
  await expect(lowerLines('COPY https://h.example/f /')).rejects.toThrow("source can't be a URL for COPY")
  for (const git of [
    'https://h.example/r.git',
    'git://h.example/r',
    'ssh://git@h.example/r',
    'git@h.example:r.git',
    'https://h.example/r.git#main',
  ]) {
    await expect(lowerLines(`COPY ${git} /`)).rejects.toThrow("source can't be a git ref for COPY")
  }
})

test('91: checksums', async () => {
  const digest = `sha256:${'0'.repeat(64)}`
  await expect(lowerLines(`ADD --checksum=${digest} file /`)).rejects.toThrow(
    'checksum requires HTTP(S) or Git sources',
  )
  await expect(lowerLines(`ADD --checksum=${digest} <<F /f\nx\nF`)).rejects.toThrow(
    "checksum can't be specified for multiple sources",
  )
  await expect(lowerLines(`ADD --checksum=${digest} https://h.example/a https://h.example/b /`)).rejects.toThrow(
    "checksum can't be specified for multiple sources",
  )
  await expect(lowerLines('ADD --checksum=md5:00 https://h.example/a /')).rejects.toMatchObject({
    code: 'CHECKSUM_INVALID',
  })
  const { rootfs } = await lowerLines(`ARG D=${digest}\nADD --checksum=$D https://h.example/a /`)
  expect(lastOf(rootfs, 'http').checksum).toBe(digest)
})

test('ADD of a git repository is its tree', async () => {
  const { rootfs } = await lowerLines('ADD --keep-git-dir --checksum=ABCDEF1 https://h.example/r.git#v1:sub /src')
  expect(lastOf(rootfs, 'git')).toEqual({
    kind: 'git',
    url: 'https://h.example/r.git',
    ref: 'v1',
    subdir: 'sub',
    keepGitDir: true,
    checksum: 'abcdef1',
  })
  expect(lastOf(rootfs, 'copy')).toMatchObject({
    sources: [{ input: 1, path: '/', literal: true }],
    destination: '/src',
    extract: 'never',
  })
  await expect(lowerLines('ADD --checksum=sha256:xx https://h.example/r.git /src')).rejects.toMatchObject({
    code: 'CHECKSUM_INVALID',
  })
})

test('ADD unpacks local archives only', async () => {
  expect(lastOf((await lowerLines('ADD a.tar /')).rootfs, 'copy')).toMatchObject({
    sources: [{ input: 1, path: 'a.tar' }],
    extract: 'archives',
  })
  expect(lastOf((await lowerLines('ADD --unpack=false a.tar /')).rootfs, 'copy').extract).toBe('never')
  expect(lastOf((await lowerLines('ADD a.tar https://h.example/b.tar <<C /d/\nc\nC')).rootfs, 'copy')).toMatchObject({
    sources: [
      { input: 1, path: 'a.tar' },
      { input: 2, path: 'b.tar', literal: true, packed: true },
      { input: 3, path: 'C', literal: true, packed: true },
    ],
    extract: 'archives',
  })
})

test('126: the expander unescapes first, so that a pattern is left', async () => {
  const { rootfs } = await lowerLines('COPY a\\*b a\\\\*b /o/')
  expect(lastOf(rootfs, 'copy').sources.map(({ path }) => path)).toEqual(['a*b', 'a\\*b'])
})

test.each([
  ['.', '/w/'],
  ['./', '/w/'],
  ['x', '/w/x'],
  ['x/', '/w/x/'],
  ['x/.', '/w/x/'],
  ['../y', '/y'],
  ['/', '/'],
  ['/a//b/../c', '/a/c'],
  ['$NOTHING', '/w/'],
])('140: destination %s is %s in /w', async (written, absolute) => {
  const target = await lowerLines(`WORKDIR /w\nCOPY a ${written}`)
  expect(lastOf(target.rootfs, 'copy').destination).toBe(absolute)
  expect(ownHistory(target).at(-1)).toBe(`COPY a ${written === '$NOTHING' ? '' : written} # buildkit`)
})

test('flags that change what is copied are in the op, only some in the history', async () => {
  const target = await lowerLines('COPY --parents --exclude=*.log --exclude=!a.log --link=false a/./b* /o', {
    fileEpoch: 5,
  })
  expect(lastOf(target.rootfs, 'copy')).toEqual({
    kind: 'copy',
    sources: [{ input: 1, path: 'a/./b*' }],
    destination: '/o',
    exclude: ['*.log', '!a.log'],
    parents: true,
    extract: 'never',
    epoch: 5,
  })
  expect(ownHistory(target)).toEqual(['COPY --parents a/./b* /o # buildkit'])
})

test('only what is named is read of a context', async () => {
  const { rootfs } = await lowerLines(
    'COPY package.json lib/*.js /\nRUN --mount=target=/src,source=src make\nCOPY lib/a.js /',
  )
  expect(opsOf(rootfs, 'local')).toEqual([
    { kind: 'local', context: 'context', include: ['lib/*.js', 'lib/a.js', 'package.json', 'src'] },
  ])
  expect(opsOf((await lowerLines('COPY a /\nCOPY . /')).rootfs, 'local')).toEqual([
    { kind: 'local', context: 'context', named: ['a'] },
  ])
})

test('stages that are not needed read nothing', async () => {
  const { rootfs } = await lowerText('FROM busybox AS unused\nCOPY . /\nFROM busybox\nCOPY a /')
  expect(opsOf(rootfs, 'local')).toEqual([{ kind: 'local', context: 'context', include: ['a'] }])
})

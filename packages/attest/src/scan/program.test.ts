import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { scanFiles, scanProgram } from './testing/scan.ts'

/** An ELF file with these sections and nothing else. */
function elf(sections: Readonly<Record<string, Buffer>>, bits: 32 | 64 = 64, little = true): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab']
  const text = Buffer.from(names.map((name) => `${name}\0`).join(''))
  const contents = [Buffer.alloc(0), ...Object.values(sections), text]
  const start = 8192
  const header = Buffer.alloc(bits === 64 ? 64 : 52)
  const put = (into: Buffer, at: number, value: number, bytes: number): void => {
    for (let byte = 0; byte < bytes; byte += 1)
      into[at + (little ? byte : bytes - 1 - byte)] = Math.floor(value / 256 ** byte) % 256
  }
  const word = bits / 8
  const body = Buffer.concat(contents)
  header.write('\x7fELF', 'latin1')
  header[4] = bits / 32
  header[5] = little ? 1 : 2
  const [table, entrySize, count, strings] = bits === 64 ? [0x28, 0x3a, 0x3c, 0x3e] : [0x20, 0x2e, 0x30, 0x32]
  put(header, table, start + body.length, word)
  put(header, entrySize, bits === 64 ? 64 : 40, 2)
  put(header, count, names.length, 2)
  put(header, strings, names.length - 1, 2)
  let at = start
  const entries = names.map((name, index) => {
    const entry = Buffer.alloc(bits === 64 ? 64 : 40)
    put(entry, 0, text.indexOf(`${name}\0`), 4)
    put(entry, bits === 64 ? 24 : 16, at, word)
    put(entry, bits === 64 ? 32 : 20, contents[index]?.length ?? 0, word)
    at += contents[index]?.length ?? 0
    return entry
  })
  return Buffer.concat([header, Buffer.alloc(start - header.length), body, ...entries])
}

/** Output of Go's linker. */
function buildInfo(go: string, modules: string, flags = 2): Buffer {
  const guarded = Buffer.concat([Buffer.alloc(16, 0x30), Buffer.from(modules), Buffer.alloc(16, 0xf9)])
  const head = Buffer.alloc(32)
  head.write('\xff Go buildinf:', 'latin1')
  head[14] = 8
  head[15] = flags
  const length = (size: number): Buffer => (size < 128 ? Buffer.of(size) : Buffer.of((size & 127) | 128, size >> 7))
  return Buffer.concat([head, length(go.length), Buffer.from(go), length(guarded.length), guarded])
}

const modules = [
  'path\tgithub.com/Some/tool/cmd/tool',
  'mod\tgithub.com/Some/tool\t(devel)\t',
  'dep\tgolang.org/x/sys\tv0.20.0\th1:abc=',
  'dep\tgithub.com/old/fork\tv1.0.0',
  '=>\tgithub.com/new/fork\tv1.0.1\th1:def=',
  'build\t-buildmode=exe',
].join('\n')

describe.each([
  [64, true],
  [64, false],
  [32, true],
  [32, false],
] as const)('ELF of %i bits, little-endian: %s', (bits, little) => {
  test('modules of Go', async () => {
    const { packages, notes } = await scanProgram(
      elf({ '.text': Buffer.alloc(100), '.go.buildinfo': buildInfo('go1.22.3 X:a', modules) }, bits, little),
    )
    expect(notes).toEqual([])
    expect(packages.map(({ name, version }) => [name, version])).toEqual([
      ['stdlib', '1.22.3'],
      ['github.com/Some/tool', undefined],
      ['golang.org/x/sys', 'v0.20.0'],
      ['github.com/new/fork', 'v1.0.1'],
    ])
    expect(packages[3]?.purl).toEqual({ type: 'golang', namespace: 'github.com/new', name: 'fork', version: 'v1.0.1' })
  })

  test('crates of Rust', async () => {
    const list = [
      { name: 'rg', version: '14.0.0', root: true },
      { name: 'cc', version: '1.0.0', kind: 'build' },
      { name: 'libc', version: '0.2.1' },
      7,
    ]
    const { packages } = await scanProgram(
      elf({ '.dep-v0': deflateSync(JSON.stringify({ packages: list })) }, bits, little),
    )
    expect(packages.map(({ purl }) => purl)).toEqual([
      { type: 'cargo', name: 'rg', version: '14.0.0' },
      { type: 'cargo', name: 'libc', version: '0.2.1' },
    ])
  })
})

test('only what may be executed is a program, and libraries are not', async () => {
  const bytes = elf({ '.go.buildinfo': buildInfo('go1.22.3', modules) })
  expect((await scanFiles({ 'bin/p': bytes })).packages).toEqual([])
})

test('a program without such sections, or without any, has nothing to tell', async () => {
  for (const bytes of [
    elf({ '.text': Buffer.alloc(10) }),
    elf({}).fill(0, 0x28, 0x40),
    Buffer.alloc(5000, '#!/bin/sh\n'),
  ])
    expect(await scanProgram(bytes)).toMatchObject({ packages: [], notes: [] })
})

test.each([
  ['it was made by Go 1.17 or older: its modules are not read', elf({ '.go.buildinfo': buildInfo('', '', 0) })],
  ['its list of Go modules cannot be found', elf({ '.go.buildinfo': Buffer.alloc(100) })],
  ['its list of Go modules is cut short', elf({ '.go.buildinfo': buildInfo('go1.22', modules).subarray(0, 80) })],
  ['its list of Go modules is cut short', elf({ '.go.buildinfo': buildInfo('', '').subarray(0, 33) })],
  [
    'its list of Go modules has an impossible length',
    elf({ '.go.buildinfo': Buffer.concat([buildInfo('', '').subarray(0, 32), Buffer.alloc(99, 0xff)]) }),
  ],
  ['its section table lies outside of it', elf({ '.text': Buffer.alloc(10) }).subarray(0, 8300)],
  ['incorrect header check', elf({ '.dep-v0': Buffer.alloc(50, 1) })],
  ['Cannot create a Buffer larger than 16777216 bytes', elf({ '.dep-v0': deflateSync(Buffer.alloc(17 << 20)) })],
])('a broken one is a note: %s', async (message, bytes) => {
  expect(await scanProgram(bytes)).toMatchObject({
    packages: [],
    notes: [{ path: 'bin/p', message: `cannot be read: ${message}` }],
  })
})

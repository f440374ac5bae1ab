import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { scanFiles } from './testing/scan.ts'

type Tags = Readonly<Record<number, string | readonly string[] | Uint16Array | Uint32Array>>

/** A package as rpm stores it. */
function header(tags: Tags): Buffer {
  const data: Buffer[] = []
  const entries = Object.entries(tags).map(([tag, value]) => {
    const entry = Buffer.alloc(16)
    const [type, bytes] = encode(value)
    entry.writeUInt32BE(Number(tag), 0)
    entry.writeUInt32BE(type, 4)
    entry.writeUInt32BE(Buffer.concat(data).length, 8)
    entry.writeUInt32BE(typeof value === 'object' ? value.length : 1, 12)
    data.push(bytes)
    return entry
  })
  const sizes = Buffer.alloc(8)
  sizes.writeUInt32BE(entries.length, 0)
  sizes.writeUInt32BE(Buffer.concat(data).length, 4)
  return Buffer.concat([sizes, ...entries, ...data])
}

function encode(value: Tags[number]): readonly [type: number, bytes: Buffer] {
  if (value instanceof Uint16Array) return [3, Buffer.from(value.slice().buffer).swap16()]
  if (value instanceof Uint32Array) return [4, Buffer.from(value.slice().buffer).swap32()]
  if (typeof value === 'string') return [6, Buffer.from(`${value}\0`)]
  return [8, Buffer.from(value.map((text) => `${text}\0`).join(''))]
}

/** The file SQLite itself writes. */
async function database(blobs: readonly Buffer[], pageSize = 4096): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-rpm-'))
  try {
    const path = join(directory, 'rpmdb.sqlite')
    const opened = new DatabaseSync(path)
    opened.exec(`PRAGMA page_size = ${pageSize}; PRAGMA synchronous = OFF`)
    opened.exec("CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER NOT NULL)")
    opened.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    const insert = opened.prepare('INSERT INTO Packages (blob) VALUES (?)')
    opened.exec('BEGIN')
    for (const blob of blobs) insert.run(blob)
    opened.exec('COMMIT')
    opened.close()
    return await readFile(path)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const bash: Tags = {
  1000: 'bash',
  1001: '5.2.26',
  1002: '3.fc40',
  1003: Uint32Array.of(1),
  1011: 'Fedora Project',
  1014: 'GPL-3.0-or-later',
  1020: 'https://www.gnu.org/software/bash',
  1022: 'x86_64',
  1044: 'bash-5.2.26-3.fc40.src.rpm',
  1030: Uint16Array.of(0o40755, 0o100755, 0o100644),
  1116: Uint32Array.of(0, 1, 1),
  1117: ['skel', 'bash', 'x'],
  1118: ['/etc/', '/usr/bin/'],
}
const release = 'ID=fedora\nVERSION_ID=40\nCPE_NAME="cpe:/o:fedoraproject:fedora:40"\n'

test.each(['var/lib/rpm', 'usr/lib/sysimage/rpm'])('the database in %s', async (directory) => {
  const path = `${directory}/rpmdb.sqlite`
  const key = { 1000: 'gpg-pubkey', 1001: 'a', 1002: 'b' }
  const {
    packages,
    notes,
    release: found,
  } = await scanFiles({
    'etc/os-release': release,
    [path]: await database([header(bash), header(key), header({ 1000: 'bare', 1001: '1' })]),
  })
  expect(found.cpe).toBe('cpe:/o:fedoraproject:fedora:40')
  expect(notes).toEqual([])
  expect(packages).toEqual([
    {
      name: 'bash',
      version: '1:5.2.26-3.fc40',
      purl: {
        type: 'rpm',
        namespace: 'fedora',
        name: 'bash',
        version: '5.2.26-3.fc40',
        qualifiers: { arch: 'x86_64', distro: 'fedora-40', epoch: '1', upstream: 'bash-5.2.26-3.fc40.src.rpm' },
      },
      source: path,
      evidence: 'usr/bin/bash',
      licenses: { terms: ['GPL-3.0-or-later'], joined: 'AND' },
      supplier: 'Fedora Project',
      homepage: 'https://www.gnu.org/software/bash',
    },
    {
      name: 'bare',
      version: '1',
      purl: {
        type: 'rpm',
        namespace: 'fedora',
        name: 'bare',
        version: '1',
        qualifiers: { arch: '', distro: 'fedora-40', epoch: '', upstream: '' },
      },
      source: path,
    },
  ])
})

test.each([512, 4096, 65536])('rows of all sizes, in trees of all depths, with pages of %i bytes', async (pageSize) => {
  const long = (index: number): string => 'x'.repeat((index * 997) % 20_000)
  const blobs = Array.from({ length: 500 }, (_, index) => header({ 1000: `p${index}`, 1001: '1', 5000: long(index) }))
  const { packages, notes } = await scanFiles({ 'var/lib/rpm/rpmdb.sqlite': await database(blobs, pageSize) })
  expect(notes).toEqual([])
  expect(packages.map(({ name }) => name)).toEqual(blobs.map((_, index) => `p${index}`))
})

test('other databases, and changes that are only in the log, become notes', async () => {
  const { packages, notes } = await scanFiles({
    'var/lib/rpm/Packages': 'x',
    'usr/lib/sysimage/rpm/Packages.db': 'x',
    'usr/share/rpm/rpmdb.sqlite': await database([header(bash)]),
    'usr/share/rpm/rpmdb.sqlite-wal': 'x',
  })
  expect(packages).toHaveLength(1)
  expect(notes.map(({ path }) => path)).toEqual([
    'usr/lib/sysimage/rpm/Packages.db',
    'usr/share/rpm/rpmdb.sqlite-wal',
    'var/lib/rpm/Packages',
  ])
})

test('a damaged database is a note and never more', async () => {
  const whole = await database(
    Array.from({ length: 50 }, () => header(bash)),
    512,
  )
  for (let at = 0; at < whole.length; at += 61) {
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 0xff
    const { packages } = await scanFiles({ 'var/lib/rpm/rpmdb.sqlite': damaged })
    expect(packages.length).toBeLessThanOrEqual(whole.length)
  }
})

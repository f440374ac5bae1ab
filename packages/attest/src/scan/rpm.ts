import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'
import type { FoundPackage } from './found-package.ts'
import { distroName, type OsRelease } from './os-release.ts'
import { readRpmHeader, type RpmHeader } from './rpm-header.ts'
import { sqliteColumn } from './sqlite-table.ts'

const directories = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm']
const databases: ReadonlySet<string> = new Set(directories.map((directory) => `${directory}/rpmdb.sqlite`))
/** Berkeley DB (until 2021) and ndb (SUSE). */
const unread: ReadonlySet<string> = new Set(
  directories.flatMap((directory) => [`${directory}/Packages`, `${directory}/Packages.db`]),
)
const mostBytes = 128 << 20

const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  url: 1020,
  arch: 1022,
  source: 1044,
}
/** Of every file: mode, and names, its directory by its place among the directories. */
const fileTags = { mode: 1030, directory: 1116, name: 1117, directories: 1118 }
const regularFile = 0o100000

/**
 * Packages of Fedora and its relatives: rpm's database where it is SQLite. Other databases become
 * notes.
 */
export const rpm: Catalogue = {
  claims: ({ path }) => path.includes('/rpm/') && (databases.has(path) || unread.has(path)),
  async *read(file, { files, release, note }) {
    const { path } = file
    if (unread.has(path)) throw new Error('its database format is not supported: only SQLite is read')
    const log = files.find(`${path}-wal`)
    if (log !== undefined && log.entry.content.size > 0)
      note(log.path, 'changes that are only in the log of the database are not read')
    const database = await files.bytes(file, mostBytes)
    for (const blob of sqliteColumn(database, 'Packages', 1)) {
      const one = readPackage(readRpmHeader(blob), path, release)
      if (one) yield one
    }
  },
}

function readPackage(header: RpmHeader, source: string, release: OsRelease): FoundPackage | undefined {
  const text = (tag: keyof typeof tags): string => header.texts(tags[tag])[0] ?? ''
  const name = text('name')
  // Keys are kept like packages.
  if (name === '' || name === 'gpg-pubkey') return undefined
  const version = [text('version'), text('release')].filter((part) => part !== '').join('-')
  const epoch = header.numbers(tags.epoch)[0]
  const license = text('license')
  return {
    name,
    version: epoch === undefined ? version : `${epoch}:${version}`,
    purl: {
      type: 'rpm',
      namespace: release.id === 'linux' ? 'redhat' : release.id,
      name,
      version,
      qualifiers: {
        arch: text('arch'),
        distro: distroName(release),
        epoch: epoch === undefined ? '' : String(epoch),
        upstream: text('source'),
      },
    },
    source,
    ...(license !== '' && { licenses: { terms: [license], joined: 'AND' } }),
    ...defined({ evidence: findEvidence(header), supplier: text('vendor'), homepage: text('url') }),
  }
}

/** The first regular file: a directory may be in the layers of others, too. */
function findEvidence(header: RpmHeader): string | undefined {
  const index = header.numbers(fileTags.mode).findIndex((mode) => (mode & 0o170000) === regularFile)
  const name = header.texts(fileTags.name)[index]
  const directory = header.texts(fileTags.directories)[header.numbers(fileTags.directory)[index] ?? -1]
  return name === undefined || directory === undefined ? undefined : `${directory.slice(1)}${name}`
}

import { expect, test } from 'vitest'
import { scanFiles } from './testing/scan.ts'

const release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
const status = `Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u10
Description: GNU C Library: Shared libraries
 Version: not this one
Homepage: https://www.gnu.org/software/libc/libc.html

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: held
Status: hold ok installed
Architecture: all
Source: source (0.9)
Version: 1:1.0
`
const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020 Somebody
License: GPL-2+ or Expat
 Text of it.

Files: debian/*
License: BSD-3-clause

License: GPL-2+
 Only where it is used.
`

test('what is installed, where it is from, and its licences', async () => {
  const { packages, notes } = await scanFiles({
    'etc/os-release': release,
    'var/lib/dpkg/status': status,
    'var/lib/dpkg/info/libc6:amd64.list': '/lib/libc.so.6\n',
    'usr/share/doc/libc6/copyright': copyright,
    'usr/share/doc/held/copyright': 'It may be used by anybody.\n',
  })
  expect(notes).toEqual([])
  expect(packages).toEqual([
    {
      name: 'libc6',
      version: '2.36-9+deb12u10',
      purl: {
        type: 'deb',
        namespace: 'debian',
        name: 'libc6',
        version: '2.36-9+deb12u10',
        qualifiers: { arch: 'amd64', distro: 'debian-12', upstream: 'glibc' },
      },
      source: 'var/lib/dpkg/status',
      evidence: 'var/lib/dpkg/info/libc6:amd64.list',
      licenses: { terms: ['BSD-3-Clause', 'GPL-2.0-or-later OR MIT'], joined: 'AND' },
      supplier: 'GNU Libc Maintainers <debian-glibc@lists.debian.org>',
      homepage: 'https://www.gnu.org/software/libc/libc.html',
    },
    {
      name: 'held',
      version: '1:1.0',
      purl: {
        type: 'deb',
        namespace: 'debian',
        name: 'held',
        version: '1:1.0',
        qualifiers: { arch: 'all', distro: 'debian-12', upstream: 'source@0.9' },
      },
      source: 'var/lib/dpkg/status',
    },
  ])
})

test('images without dpkg have a file for each package', async () => {
  const { packages } = await scanFiles({
    'usr/lib/os-release': 'ID="ubuntu"\n',
    'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n',
    'var/lib/dpkg/status.d/tzdata.md5sums': 'Package: no\nVersion: 1\n',
  })
  expect(packages.map(({ name, source, purl }) => [name, source, purl.namespace, purl.qualifiers?.['distro']])).toEqual(
    [['tzdata', 'var/lib/dpkg/status.d/tzdata', 'ubuntu', 'ubuntu']],
  )
})

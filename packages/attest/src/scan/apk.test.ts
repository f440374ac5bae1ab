import { expect, test } from 'vitest'
import { scanFiles } from './testing/scan.ts'

const record = `C:Q1abc=
P:busybox-binsh
V:1.36.1-r5
A:x86_64
L:GPL-2.0-only
o:busybox
m:Somebody <some@body.example>
U:https://busybox.net/
F:bin
R:sh
a:0:0:777
R:ash`

test.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])('%s has a record for each package', async (path) => {
  const { packages } = await scanFiles({
    'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.1\n',
    [path]: `${record}\n\nP:musl\nV:1.2.5-r0\no:musl\n\nP:broken\n`,
  })
  expect(packages).toEqual([
    {
      name: 'busybox-binsh',
      version: '1.36.1-r5',
      purl: {
        type: 'apk',
        namespace: 'alpine',
        name: 'busybox-binsh',
        version: '1.36.1-r5',
        qualifiers: { arch: 'x86_64', distro: 'alpine-3.20.1', upstream: 'busybox' },
      },
      source: path,
      evidence: 'bin/sh',
      licenses: { terms: ['GPL-2.0-only'], joined: 'AND' },
      supplier: 'Somebody <some@body.example>',
      homepage: 'https://busybox.net/',
    },
    {
      name: 'musl',
      version: '1.2.5-r0',
      purl: {
        type: 'apk',
        namespace: 'alpine',
        name: 'musl',
        version: '1.2.5-r0',
        qualifiers: { arch: '', distro: 'alpine-3.20.1', upstream: '' },
      },
      source: path,
    },
  ])
})

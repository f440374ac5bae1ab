import { expect, test } from 'vitest'
import { parseOutput } from './parse-output.ts'

const defaults = { tags: ['r.example/app:1'], cwd: '/w', terminal: false }
const image = {
  kind: 'image',
  names: ['r.example/app:1'],
  push: false,
  pushByDigest: false,
  insecure: false,
}

test.for<[string, object]>([
  ['out', { kind: 'local', dest: '/w/out', mode: 'copy' }],
  ['-', { kind: 'tar', dest: '-' }],
  [
    'type=local,dest=out,mode=delete,platform-split=false',
    { kind: 'local', dest: '/w/out', mode: 'delete', platformSplit: false },
  ],
  ['type=tar,dest=/x.tar,platform-split', { kind: 'tar', dest: '/x.tar', platformSplit: true }],
  ['type=tar', { kind: 'tar', dest: '-' }],
  ['type=cacheonly', { kind: 'cacheonly' }],
  ['type=oci,dest=a.tar', { kind: 'oci', dest: '/w/a.tar', tar: true, names: ['r.example/app:1'] }],
  ['type=oci', { kind: 'oci', dest: '-', tar: true, names: ['r.example/app:1'] }],
  ['type=oci,tar=false,dest=d,name=x', { kind: 'oci', dest: '/w/d', tar: false, names: ['x'] }],
  ['type=docker', { kind: 'load', tar: true, names: ['r.example/app:1'] }],
  ['type=docker,dest=-,name=', { kind: 'docker', dest: '-', tar: true, names: [] }],
  ['type=image', image],
  ['type=registry', { ...image, push: true }],
  ['type=image,"name=a,b:2",push=true', { ...image, names: ['a', 'b:2'], push: true }],
  [
    'type=image,name=a,push,push-by-digest=true,name-canonical=true',
    { ...image, names: ['a'], push: true, pushByDigest: true, nameCanonical: true },
  ],
  ['type=image,push=', { ...image, push: true }],
  ['type=registry,push=false', { ...image, push: true }],
  ['type=image,name=*', image],
  ['type=image,name=,dangling-name-prefix=p', { ...image, names: [], danglingPrefix: 'p' }],
  ['type=image,dangling-name-prefix=p,danging-name-empty-only=true', image],
  ['type=image,dangling-name-prefix=p,dangling-name-empty-only', image],
  ['type=image,name=,dangling-name-prefix=p,danging-name-empty-only', { ...image, names: [], danglingPrefix: 'p' }],
  ['type=image,store=0,registry.insecure=true,unpack=false', { ...image, store: false, insecure: true }],
  [
    'type=image,compression=zstd,compression-level=19,force-compression=true',
    { ...image, compression: { type: 'zstd', level: 19 }, forceCompression: true },
  ],
  ['type=image,compression=estargz,compression-level=0', { ...image, compression: { type: 'estargz', level: 0 } }],
  ['type=image,compression=estargz,compatibility-version=30', { ...image, compression: { type: 'estargz' } }],
  ['type=image,prefer-nondist-layers', { ...image, preferNondistLayers: true }],
  ['type=image,compression=uncompressed', { ...image, compression: { type: 'none' } }],
  ['type=image,compression-level=9', { ...image, compression: { type: 'gzip', level: 9 } }],
  [
    'type=image,oci-mediatypes=false,rewrite-timestamp=true',
    { ...image, ociMediaTypes: false, rewriteTimestamp: true },
  ],
  [
    'type=image,annotation.org.x=y,annotation-index[linux/amd64].a.b=c',
    {
      ...image,
      annotations: [
        { target: 'manifest', key: 'org.x', value: 'y' },
        { target: 'index', platform: 'linux/amd64', key: 'a.b', value: 'c' },
      ],
    },
  ],
])('%s', ([text, output]) => {
  expect(parseOutput(text, defaults)).toEqual(output)
})

test.for<[string, RegExp]>([
  ['', /empty/],
  ['dest=x', /missing type.*expected one of oci, docker/],
  ['type=nonsense,dest=x', /"nonsense": expected one of oci, docker, image, registry, local, tar, cacheonly/],
  ['type=local', /dest=DIRECTORY/],
  ['type=local,dest=-', /dest=DIRECTORY/],
  ['type=oci,tar=false', /dest=DIRECTORY/],
  ['type=local,dest=x,mode=move', /mode.*expected one of copy, delete/],
  ['type=tar,dest=x,nam=y', /unknown key "nam"/],
  ['type=image,push=maybe', /push.*true or false/],
  ['type=image,compression=lz4', /expected one of gzip, estargz, zstd, uncompressed$/],
  ['type=image,compatibility-version=20', /unsupported compatibility-version 20 \(supported: 30\)/],
  ['type=image,compression=estargz,compression-level=10', /0 to 9/],
  ['type=image,compression=zstd,compression-level=23', /0 to 22/],
  ['type=image,compression=gzip,compression-level=-1', /0 to 9/],
  ['type=image,compression=gzip,compression-level=10', /0 to 9/],
  ['type=image,unpack=true', /only be false/],
  ['type=image,name=Bad Name', /name=.*"Bad Name"/],
])('%s is refused', ([text, message]) => {
  expect(() => parseOutput(text, defaults)).toThrow(message)
})

test('no archive goes to a terminal', () => {
  for (const text of ['-', 'type=tar', 'type=oci', 'type=docker,dest=-']) {
    expect(() => parseOutput(text, { ...defaults, terminal: true })).toThrow(/terminal/)
  }
})

test('a value that is cut at its comma is explained', () => {
  const thrown = (text: string): unknown => {
    try {
      return parseOutput(text, defaults)
    } catch (error) {
      return error
    }
  }
  expect(thrown('type=oci,dest=a,b.tar')).toMatchObject({ hint: expect.stringContaining('"dest=a,b.tar"') })
  expect(thrown('type=oci,tarr')).toMatchObject({ hint: 'did you mean tar?' })
  expect(parseOutput('type=oci,"dest=a,b.tar"', defaults)).toMatchObject({ dest: '/w/a,b.tar' })
})

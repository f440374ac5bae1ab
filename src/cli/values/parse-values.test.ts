import { expect, test } from 'vitest'
import { parseAddHosts } from './parse-add-host.ts'
import { parseBoolean } from './parse-boolean.ts'
import { parseCall } from '../flags/parse-call.ts'
import { parseDuration } from './parse-duration.ts'
import { parseAdvice } from './parse-advice.ts'
import { parseEndpoint } from './places/parse-endpoint.ts'
import { parseFullPairs, parsePairs } from './parse-pairs.ts'
import { parseSize } from './parse-size.ts'
import { parseUlimit } from './parse-ulimit.ts'
import { UsageError } from '../invocation/usage-error.ts'

test.for<[string, number]>([
  ['1048576', 1_048_576],
  ['64m', 67_108_864],
  ['2g', 2_147_483_648],
  ['1.5KiB', 1536],
  ['10 MB', 10_485_760],
  ['3b', 3],
])('size %s is %d bytes', ([text, bytes]) => {
  expect(parseSize('--shm-size', text)).toBe(bytes)
})

test.for(['', 'm', '-1', '1x', '1 2', '9999999p', '1e3'])('size %j is refused with the flag in the message', (text) => {
  expect(() => parseSize('--shm-size', text)).toThrow(/--shm-size.*such as/)
})

test.for<[string, number]>([
  ['90s', 90],
  ['24h', 86_400],
  ['1h30m', 5400],
  ['2w1d', 1_296_000],
])('duration %s is %d seconds', ([text, seconds]) => {
  expect(parseDuration('--older-than', text)).toBe(seconds)
})

test.for(['', '5', 'h', '1y', '-1h', '1h '])('duration %j is refused', (text) => {
  expect(() => parseDuration('--older-than', text)).toThrow(UsageError)
})

test.for<[string, Readonly<Record<string, readonly string[]>>]>([
  ['db=10.0.0.1', { db: ['10.0.0.1'] }],
  ['db:10.0.0.1', { db: ['10.0.0.1'] }],
  ['db:::1', { db: ['::1'] }],
  ['db=[fe80::1]', { db: ['fe80::1'] }],
  ['host.docker.internal:host-gateway', { 'host.docker.internal': ['host-gateway'] }],
])('host %s is %j', ([text, hosts]) => {
  expect(parseAddHosts([text])).toEqual(hosts)
})

test('all addresses of a host are kept', () => {
  expect(parseAddHosts(['db=10.0.0.1', 'web=10.0.0.2', 'db=::1'])).toEqual({
    db: ['10.0.0.1', '::1'],
    web: ['10.0.0.2'],
  })
})

test.for(['db', 'db=', '=1.2.3.4', 'db=1.2.3', 'db:name', 'db=[1.2.3.4'])('host %j is refused', (text) => {
  expect(() => parseAddHosts([text])).toThrow(/--add-host/)
})

test.for<[string, ReturnType<typeof parseUlimit>]>([
  ['nofile=1024', ['nofile', 1024]],
  ['nofile=1024:2048', ['nofile', { soft: 1024, hard: 2048 }]],
  ['nproc=10:-1', ['nproc', { soft: 10, hard: -1 }]],
  ['core=-1', ['core', -1]],
])('limit %s is %j', ([text, limit]) => {
  expect(parseUlimit(text)).toEqual(limit)
})

test.for(['nofile', 'files=1', 'nofile=2:1', 'nofile=-1:1', 'nofile=1:2:3', 'nofile=1k'])(
  'limit %j is refused',
  (text) => {
    expect(() => parseUlimit(text)).toThrow(/--ulimit/)
  },
)

test('booleans are those of Go, and no value is true', () => {
  expect([undefined, '1', 't', 'TRUE'].map((text) => parseBoolean('x', text))).toEqual([true, true, true, true])
  expect(['0', 'f', 'False'].map((text) => parseBoolean('x', text))).toEqual([false, false, false])
  expect(() => parseBoolean('--push', 'yes')).toThrow('invalid --push "yes": expected true or false')
})

test('pairs split at the first "="; only labels may lack it', () => {
  expect(parsePairs('--label', ['a=b=c', 'd', 'a=e'])).toEqual({ a: 'e', d: '' })
  expect(parseFullPairs('--build-context', ['a=b=c'])).toEqual({ a: 'b=c' })
  expect(() => parseFullPairs('--build-context', ['a'])).toThrow(/--build-context/)
  expect(() => parsePairs('--label', ['=x'])).toThrow(/--label/)
})

test('rules of --advice', () => {
  expect(parseAdvice(['recommended,NamedUser', 'all'])).toEqual({ advice: ['recommended', 'NamedUser', 'all'] })
  expect(parseAdvice([])).toEqual({})
  expect(() => parseAdvice(['LastTag'])).toThrow('invalid --advice "LastTag"')
})

test('methods of --call', () => {
  const plain = { format: 'text', ignoreStatus: false }
  expect(parseCall({ call: 'build' })).toEqual({ ...plain, request: 'build' })
  expect(parseCall({ call: 'outline,format=json' })).toEqual({ ...plain, request: 'outline', format: 'json' })
  expect(parseCall({ call: 'build', check: true })).toEqual({ ...plain, request: 'check' })
  expect(parseCall({ call: 'lint,ignorestatus=true' })).toEqual({ ...plain, request: 'check', ignoreStatus: true })
  expect(() => parseCall({ call: 'lint,ignorestatus=maybe' })).toThrow('invalid --call ignorestatus "maybe"')
  expect(() => parseCall({ call: 'listing' })).toThrow('expected one of build, check, outline, targets')
  expect(() => parseCall({ call: 'check,format=xml' })).toThrow('expected one of text, json, sarif, codequality')
  expect(() => parseCall({ call: 'targets,format=sarif' })).toThrow('expected one of text, json')
})

test('places to copy from and to', () => {
  expect(parseEndpoint('docker://r.example/a:1', '/w')).toEqual({ kind: 'registry', reference: 'r.example/a:1' })
  expect(parseEndpoint('r.example/a:1', '/w')).toEqual({ kind: 'registry', reference: 'r.example/a:1' })
  expect(parseEndpoint('store:a', '/w')).toEqual({ kind: 'store', reference: 'a' })
  expect(parseEndpoint('oci:out/layout', '/w')).toEqual({ kind: 'layout', directory: '/w/out/layout' })
  expect(parseEndpoint('oci:/layout:v1', '/w')).toEqual({ kind: 'layout', directory: '/layout', tag: 'v1' })
  // As skopeo reads it.
  const named = { kind: 'layout', directory: '/w/out', tag: 'r.example/app:1' }
  expect(parseEndpoint('oci:out:r.example/app:1', '/w')).toEqual(named)
  const podman = 'containers-storage:localhost/app:1'
  expect(parseEndpoint(podman, '/w')).toEqual({ kind: 'skopeo', reference: podman })
  expect(() => parseEndpoint('oci:', '/w')).toThrow(UsageError)
})

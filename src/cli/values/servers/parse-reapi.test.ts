import { expect, test } from 'vitest'
import { parseCacheFrom, parseCacheTo } from '../specs/parse-cache.ts'

const env = { TOKEN: 't' }

test('a server with instance, token, headers and certificates', () => {
  const text = 'type=reapi,url=grpcs://h:1,instance=a/b,token-env=TOKEN,header.X-Key=v=w,ca=ca.pem,cert=/c,key=k'
  expect(parseCacheFrom(text, '/work', env)).toEqual({
    kind: 'reapi',
    url: 'grpcs://h:1',
    instance: 'a/b',
    headers: { 'x-key': 'v=w', authorization: 'Bearer t' },
    ca: '/work/ca.pem',
    cert: '/c',
    key: '/work/k',
  })
  expect(parseCacheTo('type=reapi,url=grpc://h:1,mode=max,ignore-error=false', '/work')).toEqual({
    kind: 'reapi',
    url: 'grpc://h:1',
    mode: 'max',
    ignoreError: false,
  })
})

test('mounts of a server have a scope', () => {
  expect(parseCacheTo('type=reapi,url=grpc://h:1,scope=app/main,mounts-max-size=1g,"mounts=npm,go"', '/work')).toEqual({
    kind: 'reapi',
    url: 'grpc://h:1',
    mode: 'min',
    scope: 'app/main',
    mounts: ['npm', 'go'],
    mountsMaxSize: 1024 ** 3,
  })
  expect(parseCacheFrom('type=reapi,url=grpc://h:1,scope=app/main', '/work')).toMatchObject({ scope: 'app/main' })
})

test.for<[text: string, message: RegExp]>([
  ['type=reapi', /needs url=grpc:\/\/HOST:PORT/],
  ['type=reapi,url=http://h', /needs url=grpc:\/\/HOST:PORT or url=grpcs:\/\/HOST:PORT, got "http:\/\/h"/],
  ['type=reapi,url=grpc://h:1,token-env=NONE', /token-env=NONE: the variable is not set/],
  ['type=reapi,url=grpc://h:1,image-manifest=false', /unknown key "image-manifest"/],
  ['type=reapi,url=grpc://h:1,mounts=all', /type=reapi needs scope=NAME for mounts/],
  ['type=reapi,url=grpc://h:1,scope=main', /type=reapi has scope for mounts only/],
  ['type=reapi,url=grpc://h:1,mounts=all,scope=', /needs a name as scope/],
  ['type=reapi,url=grpc://h:1,header.a b=c', /invalid --cache-to header "a b"/],
])('%s', ([text, message]) => {
  expect(() => parseCacheTo(text, '/work', env)).toThrow(message)
})

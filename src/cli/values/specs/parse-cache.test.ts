import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { parseCacheFrom, parseCacheTo } from './parse-cache.ts'

const digest = digestOf('cache')

test('caches to read', () => {
  const read = (text: string): unknown => parseCacheFrom(text, '/work')
  expect(read('r.example/app:cache')).toEqual({ kind: 'registry', ref: 'r.example/app:cache' })
  expect(read(`type=registry,ref=r.example/app@${digest},registry.insecure=true`)).toEqual({
    kind: 'registry',
    ref: `r.example/app@${digest}`,
    insecure: true,
  })
  expect(read('type=local,src=cache,tag=main')).toEqual({ kind: 'local', src: '/work/cache', tag: 'main' })
  expect(read(`type=local,src=/c,digest=${digest}`)).toEqual({ kind: 'local', src: '/c', digest })
})

test('caches to write', () => {
  const read = (text: string): unknown => parseCacheTo(text, '/work')
  expect(read('r.example/app:cache')).toEqual({ kind: 'registry', ref: 'r.example/app:cache', mode: 'min' })
  expect(read('type=inline')).toEqual({ kind: 'inline' })
  expect(read('type=local,dest=c,mode=max,compression=zstd,compression-level=7,force-compression=true')).toEqual({
    kind: 'local',
    dest: '/work/c',
    mode: 'max',
    compression: { type: 'zstd', level: 7 },
    forceCompression: true,
  })
  expect(read('type=registry,ref=a,image-manifest=false,oci-mediatypes=true,ignore-error=false')).toEqual({
    kind: 'registry',
    ref: 'a',
    mode: 'min',
    imageManifest: false,
    ignoreError: false,
  })
})

test('mounts are a list, with or without quotes', () => {
  const read = (text: string): unknown => parseCacheTo(`type=local,dest=/c,${text}`, '/')
  const others = { kind: 'local', dest: '/c', mode: 'min' }
  expect(read('mounts=all')).toEqual({ ...others, mounts: 'all' })
  expect(read('mounts=npm,/root/.cache/Go,mode=max')).toEqual({
    ...others,
    mounts: ['npm', '/root/.cache/Go'],
    mode: 'max',
  })
  expect(read('"mounts=npm,go",mounts-max-size=1g')).toEqual({
    ...others,
    mounts: ['npm', 'go'],
    mountsMaxSize: 1024 ** 3,
  })
  expect(() => read('mounts-max-size=much')).toThrow('invalid --cache-to mounts-max-size "much"')
  expect(() => read('mounts-max-size=1g')).toThrow('--cache-to mounts-max-size needs mounts=ID,…')
  expect(() => read('mode=max,npm')).toThrow('unknown key "npm"')
})

test('caches in S3', () => {
  const place = 'type=s3,bucket=b,region=r,endpoint_url=http://minio:9000,prefix=p/,use_path_style=true'
  const keys = 'access_key_id=a,secret_access_key=s,session_token=t'
  expect(parseCacheFrom(`${place},${keys},name=main`, '/')).toEqual({
    kind: 's3',
    bucket: 'b',
    region: 'r',
    endpointUrl: 'http://minio:9000',
    prefix: 'p/',
    usePathStyle: true,
    accessKeyId: 'a',
    secretAccessKey: 's',
    sessionToken: 't',
    name: 'main',
  })
  expect(parseCacheTo('type=s3,bucket=b,name=main;pr,upload_parallelism=2,touch_refresh=7d,mode=max', '/')).toEqual({
    kind: 's3',
    bucket: 'b',
    names: ['main', 'pr'],
    uploadParallelism: 2,
    touchRefresh: 604_800,
    mode: 'max',
  })
})

test('caches in GitHub Actions', () => {
  expect(parseCacheFrom('type=gha', '/')).toEqual({ kind: 'gha' })
  expect(parseCacheFrom('type=gha,scope=app,token=t,url_v2=http://x/,ghtoken=g,repository=o/r,version=2', '/')).toEqual(
    {
      kind: 'gha',
      scope: 'app',
      token: 't',
      url: 'http://x/',
      githubToken: 'g',
      repository: 'o/r',
    },
  )
  expect(parseCacheTo('type=gha,mode=max,timeout=5m', '/')).toEqual({ kind: 'gha', timeout: 300, mode: 'max' })
})

test('caches in Azure', () => {
  const place = 'type=azblob,account_url=https://a.blob.core.windows.net,account_name=a,secret_access_key=s,container=c'
  expect(parseCacheFrom(`${place},prefix=p,name=main`, '/')).toEqual({
    kind: 'azblob',
    accountUrl: 'https://a.blob.core.windows.net',
    accountName: 'a',
    secretAccessKey: 's',
    container: 'c',
    prefix: 'p',
    name: 'main',
  })
  expect(parseCacheTo('type=azblob,connection_string=AccountName=a;AccountKey=b==,name=x;y', '/')).toEqual({
    kind: 'azblob',
    connectionString: 'AccountName=a;AccountKey=b==',
    names: ['x', 'y'],
    mode: 'min',
  })
})

test.for(['type=s3,bucket=b', 'type=azblob,container=c', 'type=local,dest=c'])('single flight in %s', (text) => {
  expect(parseCacheTo(`${text},mode=max,single-flight=true`, '/')).toMatchObject({ mode: 'max', singleFlight: true })
})

test('no secret of a value is in a message', () => {
  const text = 'type=s3,bucket=b,access_key_id=hidden,secret_access_key=hidden,session_token=hidden,nope=1'
  expect(() => parseCacheTo(text, '/')).toThrow(/^(?!.*hidden).*unknown key "nope"/)
})

test.for<[text: string, message: RegExp]>([
  ['type=s3', /--cache-to needs bucket=NAME/],
  ['type=gha,url=https://x', /url is the cache service that GitHub has switched off/],
  ['type=gha,version=1', /version can only be 2/],
  ['secret_access_key=hidden', /missing type in --cache-to "secret_access_key=…"/],
  ['type=s3,bucket=b,access_key_id=a', /needs both access_key_id and secret_access_key/],
  ['type=s3,bucket=b,upload_parallelism=0', /upload_parallelism "0": expected 1 to 99/],
  ['type=s3,bucket=b,touch_refresh=x', /touch_refresh "x"/],
  ['type=s3,bucket=b,name=;', /name is empty/],
  ['type=s3,bucket=b,single-flight=true', /single-flight needs mode=max/],
  ['type=registry,ref=a,single-flight=true', /unknown key "single-flight"/],
  ['ref=a', /missing type in --cache-to "ref=a"/],
  ['type=registry', /--cache-to needs ref=NAME/],
  [`type=registry,ref=a@${digest}`, /written under a tag, not a digest/],
  ['type=registry,ref=a b', /invalid --cache-to ref "a b"/],
  ['type=local', /--cache-to needs dest=DIRECTORY/],
  ['type=local,dest=c,mode=all', /--cache-to mode/],
  ['type=local,dest=c,compression=estargz', /--cache-to compression/],
  ['type=registry,ref=a,oci-mediatypes=false', /oci-mediatypes can only be true/],
  ['type=inline,mode=max', /unknown key "mode" in --cache-to/],
  ['type=nope', /--cache-to type/],
])('refused: %s', ([text, message]) => {
  expect(() => parseCacheTo(text, '/')).toThrow(message)
})

import { expect, test } from 'vitest'
import { checkMount, parseMount } from './parse-mount.ts'
import type { MountSpec } from './mount-spec.ts'

const parse = (value: string): MountSpec => parseMount(value, (word) => word.replaceAll('$T', 'cache'))
const owner = { uid: 0, gid: 0 }

test.each<[string, MountSpec]>([
  ['target=/a', { type: 'bind', target: '/a', source: '/', readonly: true }],
  ['type=bind,src=x,dst=y,from=base,rw', { type: 'bind', target: 'y', source: 'x', from: 'base', readonly: false }],
  ['destination=/a,readwrite=false', { type: 'bind', target: '/a', source: '/', readonly: true }],
  [
    'type=cache,target=/c',
    { type: 'cache', target: '/c', source: '/', sharing: 'shared', readonly: false, mode: 0o755, ...owner },
  ],
  [
    'type=$T,id=x,target=/c,sharing=LOCKED,ro,mode=0700,uid=1,gid=2',
    {
      type: 'cache',
      id: 'x',
      target: '/c',
      source: '/',
      sharing: 'locked',
      readonly: true,
      mode: 0o700,
      uid: 1,
      gid: 2,
    },
  ],
  ['type=tmpfs,target=/t', { type: 'tmpfs', target: '/t', readonly: false }],
  ['type=tmpfs,target=/t,size=64m', { type: 'tmpfs', target: '/t', readonly: false, size: 64 * 1024 * 1024 }],
  ['type=secret,id=tok', { type: 'secret', id: 'tok', required: false, mode: 0o400, ...owner }],
  [
    'type=secret,target=/run/x/tok,env=TOKEN,required',
    { type: 'secret', target: '/run/x/tok', id: 'tok', env: 'TOKEN', required: true, mode: 0o400, ...owner },
  ],
  ['type=secret,source=tok,required=1', { type: 'secret', id: 'tok', required: true, mode: 0o400, ...owner }],
  ['type=ssh', { type: 'ssh', id: 'default', required: false, mode: 0o600, ...owner }],
  ['"target=/a,b",TYPE=bind', { type: 'bind', target: '/a,b', source: '/', readonly: true }],
])('%s', (value, spec) => {
  expect(parse(value)).toEqual(spec)
})

test.each([
  ['x=y', "unexpected key 'x' in 'x=y'"],
  ['Foo', "invalid field 'Foo' must be a key=value pair"],
  ['type=volume', 'unsupported mount type "volume"'],
  ['id=a,required,type=secret', "unexpected key 'required' for mount type 'bind'"],
  ['size=1,type=tmpfs', "unexpected key 'size' for mount type 'bind'"],
  ['type=tmpfs,target=/t,size=x', 'invalid value for size: x'],
  ['type=bind,mode=0700', 'mode not allowed for "bind" type mounts'],
  ['type=tmpfs,uid=1', 'uid not allowed for "tmpfs" type mounts'],
  ['gid=1', 'gid not allowed for "bind" type mounts'],
  ['type=cache,mode=99', 'invalid value 99 for mode'],
  ['type=cache,uid=-1', 'invalid value -1 for uid'],
  ['type=cache,uid=4294967296', 'invalid value 4294967296 for uid'],
  ['type=cache,sharing=all', 'unsupported sharing value "all"'],
  ['sharing=shared', 'invalid cache sharing set for bind mount'],
  ['type=secret', 'invalid secret mount. one of source, target required'],
  ['type=secret,id=a,source=b', "both source and id can't be set"],
  ['type=secret,id=a,from=b', 'secret mount should not have a from'],
  ['type=secret,id=a,sharing=shared', 'secret mount should not define sharing'],
  ['type=ssh,source=a', 'ssh does not support source'],
  ['ro=maybe', 'invalid value for ro: maybe'],
  ['from=$A', "'from' doesn't support variable expansion, define alias stage instead"],
  ['', 'failed to parse csv mounts: EOF'],
  ['a"b', 'failed to parse csv mounts: parse error on line 1, column 2: bare " in non-quoted field'],
  ['"a"b', 'failed to parse csv mounts: parse error on line 1, column 3: extraneous or missing " in quoted-field'],
])('%s is refused', (value, message) => {
  expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID', message }))
})

test('a misspelt key has a suggestion', () => {
  expect(() => parse('tagret=/a')).toThrow(expect.objectContaining({ hint: 'did you mean target?' }))
})

test('before expansion only the list and from are judged', () => {
  expect(() => checkMount('type=$X,whatever,from=a$')).not.toThrow()
})

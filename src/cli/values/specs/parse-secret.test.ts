import { expect, test } from 'vitest'
import { parseSecret } from './parse-secret.ts'
import { parseSsh } from '../parse-ssh.ts'

const env = { TOKEN: 't', SSH_AUTH_SOCK: '/run/agent' }

test.for<[string, object]>([
  ['id=a,src=f.txt', { file: 'f.txt' }],
  ['id=a,source=f.txt', { file: 'f.txt' }],
  ['"id=a","src=x,y"', { file: 'x,y' }],
  ['id=a,env=TOKEN', { env: 'TOKEN' }],
  ['id=a,type=env,src=TOKEN', { env: 'TOKEN' }],
  ['type=env,id=a', { env: 'a' }],
  ['type=file,id=a', { file: 'a' }],
  ['id=a', { file: 'a' }],
])('secret %s comes from %j', ([text, source]) => {
  expect(parseSecret(text, env)).toEqual(['a', source])
})

test('an id that is an environment variable is that', () => {
  expect(parseSecret('id=TOKEN', env)).toEqual(['TOKEN', { env: 'TOKEN' }])
})

test.for<[string, RegExp]>([
  ['src=f', /missing id/],
  ['id=a,foo=b', /"foo"/],
  ['id=a,src', /"src"/],
  ['id=a,type=vault', /expected file or env/],
])('secret %s is refused', ([text, message]) => {
  expect(() => parseSecret(text, env)).toThrow(message)
})

test('ssh: an agent by default, paths otherwise', () => {
  expect(parseSsh('default', env)).toEqual(['default', ['/run/agent']])
  expect(parseSsh('deploy', env)).toEqual(['deploy', ['/run/agent']])
  expect(parseSsh('deploy=key1,key2', env)).toEqual(['deploy', ['key1', 'key2']])
  expect(() => parseSsh('default', {})).toThrow(/SSH_AUTH_SOCK is not set/)
  expect(() => parseSsh('=x', env)).toThrow(/--ssh/)
})
